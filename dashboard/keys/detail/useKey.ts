import type { KeyView } from '../../../src/keys/schema.ts'
import { useOne } from '../../ui/useCalls.ts'

export type Refs = Readonly<Record<string, { readonly slug: string | null; readonly name: string }>>
type OneKey = { readonly key: KeyView; readonly refs: Refs }

/** A key with the names of what it names. Looked at again every half minute: others use and change it meanwhile. */
export function useKey(keyId: string) {
  const { data, error, isLoading, retry } = useOne<OneKey>(`/keys/${encodeURIComponent(keyId)}`, {}, { ms: 30_000 })
  return { key: data?.key, refs: data?.refs ?? {}, error, isLoading, retry }
}
