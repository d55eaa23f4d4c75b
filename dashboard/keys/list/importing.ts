/** What has become, or would become, of one definition of an import: `POST /keys/import`. */
export type Imported = {
  readonly index: number
  readonly ok: boolean
  readonly id?: string
  readonly name?: string
  readonly secret?: string
  readonly url?: string
  readonly claim?: { readonly url: string; readonly expiresAt: string }
  readonly delivered?: true
  readonly code?: string
  readonly detail?: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

/** What a program or a person has to get, and nobody can read again. */
export const onceOf = ({ secret, url, claim }: Imported): string | undefined => url ?? secret ?? claim?.url

/** For these there was no room: nothing is wrong with them, nothing was made, and a moment later they may go through. */
export const leftOut = (made: readonly Imported[]): readonly number[] =>
  made.filter(({ code }) => code === 'busy').map(({ index }) => index)

/** With what came of a second try of those at `places`; it counts them from 0. */
export const withSecondTry = (
  before: readonly Imported[],
  again: readonly Imported[],
  places: readonly number[],
): readonly Imported[] =>
  before.map((one) => {
    const now = again.find(({ index }) => places[index] === one.index)
    return now ? { ...now, index: one.index } : one
  })

/** A file for whoever hands them out: every secret beside the name it was made for. */
export const secretsFile = (made: readonly Imported[]): Blob => {
  const rows = made
    .filter((one) => onceOf(one) !== undefined)
    .map(({ id, name, secret, url, claim }) => ({ name, id, secret, url, claim: claim?.url }))
  return new Blob([`${JSON.stringify(rows, null, 2)}\n`], { type: 'application/json' })
}
