/** The file in a data folder that holds its records; in a module of its own, so that naming it does not load LMDB. */
export const bookName = 'log.mdb'
/** The same while a new folder is being made. */
export const unfinishedName = 'log.new.mdb'
