export type After = { readonly organization: string; readonly id: string } | null
export type ReadPage<T> = (after: After, limit: number) => Promise<T[]>

type Placed = { readonly organization: string; readonly id: string }

/** Records in pages by organization and id, from the first to the last. */
export async function* pagesOf<T extends Placed>(read: ReadPage<T>, perPage = 500): AsyncIterable<T[]> {
  let after: After = null
  for (;;) {
    const page: T[] = await read(after, perPage)
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (page.length < perPage || !last) return
    after = { organization: last.organization, id: last.id }
  }
}
