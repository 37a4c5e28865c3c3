/**
 * Run as a program in a child process before the native driver is trusted: a prebuilt library that does not fit the
 * machine may abort its process instead of throwing. Exits with 0 when every kind of call works.
 */
import { openSockets } from './ffi.ts'
import { KoffiDriver } from './koffi-driver.ts'

const driver = new KoffiDriver(openSockets())
const links = await driver.links()
await driver.addresses()
if (!links.some((link) => link.name === 'lo')) throw new Error('the list of interfaces makes no sense')
driver.close()
