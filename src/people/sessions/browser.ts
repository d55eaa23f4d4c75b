import type { Browser } from '../../http/route.ts'

/** Of a route that says `signsIn`. */
export function browserOf({ browser }: { readonly browser?: Browser }): Browser {
  if (browser === undefined) throw new Error('a route that hands out cookies says signsIn')
  return browser
}
