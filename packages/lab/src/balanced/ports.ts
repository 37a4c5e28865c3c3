/** Where the service of a balanced lab listens on each node. */
export const SERVICE_PORT = 8000
/** Where its nodes answer those who ask how they are. */
export const HEALTH_PORT = 9650
/** The same by TCP, which knows no paths. */
export const TCP_HEALTH_PORT = 9652
export const HEALTH_PATH = '/web'
