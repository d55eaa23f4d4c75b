import { useState } from 'react'
import { download, queryOf } from '../api.ts'
import { saveFile } from '../ui/saveFile.ts'

/** Downloads the log, as it stands or as a filter leaves it, under the name that control gives it. */
export function useExport() {
  const [error, setError] = useState<Error | null>(null)
  const save = async (query: Readonly<Record<string, string | undefined>>) => {
    setError(null)
    try {
      const { blob, name } = await download(`GET /audit-events/export${queryOf(query)}`)
      saveFile(name, blob)
    } catch (failure) {
      if (!(failure instanceof Error)) throw failure
      setError(failure)
    }
  }
  return { save, error }
}
