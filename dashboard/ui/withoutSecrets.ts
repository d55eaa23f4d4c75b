/** `ostk_<id>_<secret>` and its like, whole or cut off; tokens of children have no part that may be shown. */
const credentials = /(ost[kuag]_[0-9A-Za-z]{16})_[0-9A-Za-z]+|(oste_)[\w.-]{20,}/g

/**
 * People paste a key to find it. What is searched for stands in the address, in the history and in logs on the way: there
 * its preview does as well, by which keys are found.
 */
export const withoutSecrets = (text: string): string =>
  text.replace(credentials, (_whole, preview: string | undefined) => preview ?? 'oste_…')
