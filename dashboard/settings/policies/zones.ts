/** Names of time zones that the browser knows, with the one that is set. */
export const zones = (set: string): string[] => [...new Set(['UTC', set, ...Intl.supportedValuesOf('timeZone')])]
