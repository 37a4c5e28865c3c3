/** Where backends of tests serve, and where they are asked. */
export const SERVICE_PORT = 9000
export const HEALTH_PORT = 8080
