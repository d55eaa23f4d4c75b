/** The host of an address, as URL writes it, that means this machine on every machine. */
export const isOnThisMachine = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host)
