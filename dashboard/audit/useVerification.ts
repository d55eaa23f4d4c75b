import { useState } from 'react'
import { download } from '../api.ts'
import { anchorsIn } from './anchors.ts'
import { type Progress, type Report, verifyExport } from './verify.ts'

export type Asked = {
  /** Null: what control has now. */
  readonly file: File | null
  readonly publicKey: string
  readonly known: File | null
}
export type Wrong = 'anchorsEmpty' | 'anchorsForged' | 'anchorsForeign'

/** A verification from beginning to end: nothing of it is kept but its result. */
export function useVerification() {
  const [progress, setProgress] = useState<Progress | null>(null)
  const [report, setReport] = useState<Report | null>(null)
  const [wrong, setWrong] = useState<Wrong | null>(null)
  const [error, setError] = useState<Error | null>(null)

  const run = async ({ file, publicKey, known }: Asked): Promise<void> => {
    const anchors = known === null ? [] : await anchorsIn(await known.text())
    if (anchors === null) return setWrong('anchorsForged')
    if (known !== null && anchors.length === 0) return setWrong('anchorsEmpty')
    const whole = file ?? (await download('GET /audit-events/export')).blob
    const result = await verifyExport(whole, { key: publicKey.trim() || null, anchors }, setProgress)
    if (known !== null && result.anchors === 0 && result.finding === null) return setWrong('anchorsForeign')
    setReport(result)
  }
  const verify = async (asked: Asked) => {
    setReport(null)
    setWrong(null)
    setError(null)
    setProgress({ events: 0, part: 0 })
    try {
      await run(asked)
    } catch (failure) {
      if (!(failure instanceof Error)) throw failure
      setError(failure)
    } finally {
      setProgress(null)
    }
  }
  return { verify, progress, report, wrong, error }
}
