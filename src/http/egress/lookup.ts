import type { LookupFunction } from 'node:net'

export type Address = { readonly address: string; readonly family: number }
/** Every address of a name. */
export type LookUp = (name: string) => Promise<readonly Address[]>

/** The reason is for logs and for those who run the server: it names addresses of the inside. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused'
  readonly code = 'OSTIARY_EGRESS_REFUSED'
}

/**
 * For `net.connect`: a name is looked up once for each connection, every address that it has is judged, and the
 * connection goes to nothing else. So a name cannot mean another place between the look and the call, and one bad address
 * of several is enough.
 */
export const judgedLookup =
  (lookUp: LookUp, problemOf: (address: string) => string | null): LookupFunction =>
  (name, options, done) => {
    lookUp(name).then(
      (addresses) => {
        const problem = problemOfAll(addresses, problemOf)
        if (problem !== null) done(new EgressRefused(problem), '', 0)
        else pinnedTo(addresses)(name, options, done)
      },
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), '', 0),
    )
  }

export function problemOfAll(
  addresses: readonly Address[],
  problemOf: (address: string) => string | null,
): string | null {
  if (addresses.length === 0) return 'The name leads to no address.'
  for (const { address } of addresses) {
    const problem = problemOf(address)
    if (problem !== null) return problem
  }
  return null
}

/** Says these whatever it is asked: the connection goes to what was judged. */
export const pinnedTo =
  (addresses: readonly Address[]): LookupFunction =>
  (_name, options, done) => {
    const [first = { address: '', family: 0 }] = addresses
    if (options.all) done(null, [...addresses])
    else done(null, first.address, first.family)
  }
