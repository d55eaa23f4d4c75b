import { type ComponentType, type ReactNode, useEffect, useState } from 'react'
import { type Lack, type Missing, MissingNote, MissingOver } from './MissingNote.tsx'
import { Loading } from './Page.tsx'

type Load<P> = () => Promise<ComponentType<P>>
type Closes = { readonly onClose: (isDone: boolean) => void }

/**
 * A dialog, or another part over the page, that comes in a file of its own when it is first drawn; until then nothing stands
 * in its place. `later(() => import('./DeleteKey.tsx').then((m) => m.DeleteKey))`.
 */
export const later = <P extends object>(load: Load<P>) =>
  fetched<P, Closes>(load, null, (missing, { onClose }) => <MissingOver {...missing} onClose={() => onClose(false)} />)

/** A part of the page itself, such as a tab: its place is held until it is there. */
export const laterPart = <P extends object>(load: Load<P>, wait: ReactNode = <Loading />) =>
  fetched<P, object>(load, wait, (missing) => <MissingNote {...missing} />)

/** What only helps: where it does not come, the page does without. */
export const laterHelp = <P extends object>(load: Load<P>) => fetched<P, object>(load, null, () => null)

/** Not `lazy` of React: that one fails for good, and takes the screen around it with it. */
function fetched<P extends object, More extends object>(
  load: Load<P>,
  wait: ReactNode,
  missing: (missing: Missing, props: P & More) => ReactNode,
): (props: P & More) => ReactNode {
  // Once it is there, it is there for whoever draws it next.
  let known: ComponentType<P> | null = null
  return function Fetched(props) {
    const [Found, setFound] = useState(() => known)
    const [attempt, setAttempt] = useState(1)
    const [failed, setFailed] = useState<{ readonly lack: Lack; readonly attempt: number } | null>(null)
    useEffect(() => {
      if (known !== null) return setFound(() => known)
      let isDrawn = true
      void partOrLack(load).then((answer) => {
        if (typeof answer !== 'string') known = answer
        if (!isDrawn) return
        if (typeof answer === 'string') setFailed({ lack: answer, attempt })
        else setFound(() => answer)
      })
      return () => {
        isDrawn = false
      }
    }, [attempt])
    if (Found !== null) return <Found {...props} />
    if (failed === null) return wait
    const onRetry = () => setAttempt(attempt + 1)
    return missing({ lack: failed.lack, isTrying: failed.attempt !== attempt, onRetry }, props)
  }
}

async function partOrLack<P>(load: Load<P>): Promise<ComponentType<P> | Lack> {
  try {
    return await load()
  } catch {
    if (!(await isAnswered())) return 'away'
    // Some browsers ask for the file anew. Others remember that it did not come, until the page is loaded again.
    return load().catch(() => 'stale' as const)
  }
}

/** Longer nobody is asked whether he is there. */
const answerMs = 10_000

const isAnswered = (): Promise<boolean> =>
  fetch('/dashboard/', { cache: 'no-store', signal: AbortSignal.timeout(answerMs) }).then(
    ({ ok }) => ok,
    () => false,
  )
