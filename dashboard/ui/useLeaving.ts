import { useBlocker } from '@tanstack/react-router'
import { useRef, useState } from 'react'

export type Leaving = ReturnType<typeof useLeaving>

/**
 * For what is shown once. Asks before it goes while nobody has copied it (D47): by the button, by a link or the back
 * button inside the dashboard, and, in the browser's own words, by closing or reloading the page.
 */
export function useLeaving({ isNothing, onDone }: { readonly isNothing: boolean; readonly onDone: () => void }) {
  const [isAsking, setAsking] = useState(false)
  const [isCopied, setCopied] = useState(isNothing)
  // Not that state: the navigation that `onDone` begins must already find it.
  const isFree = useRef(isNothing)
  const blocked = useBlocker({
    shouldBlockFn: () => !isFree.current,
    enableBeforeUnload: () => !isFree.current,
    withResolver: true,
  })
  const leave = () => {
    isFree.current = true
    setAsking(false)
    if (blocked.status === 'blocked') blocked.proceed()
    else onDone()
  }
  return {
    isAsking: isAsking || blocked.status === 'blocked',
    isCopied,
    /** Or not any more, where somebody says that himself. */
    copied: (isIt = true) => {
      isFree.current = isIt
      setCopied(isIt)
    },
    done: () => (isFree.current ? onDone() : setAsking(true)),
    leave,
    stay: () => {
      setAsking(false)
      if (blocked.status === 'blocked') blocked.reset()
    },
  }
}
