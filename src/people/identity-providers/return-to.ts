/** Where somebody is who asked for nothing. */
const home = '/dashboard/'

/**
 * A path of this very origin, or the dashboard: whoever made the link that somebody follows must not
 * choose where he is after he has signed in. Browsers read `//host` and `/\host` as another host, and pass over control
 * characters while they read.
 */
export const returnToOf = (asked: string | null | undefined): string =>
  asked && asked.length <= 1024 && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(asked) ? asked : home
