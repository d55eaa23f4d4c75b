import { useBlocker } from '@tanstack/react-router'
import { useLayoutEffect, useRef } from 'react'
import { isLeaving } from '../api.ts'

/**
 * Nothing leads away while a call runs whose answer may hold what no other answer holds: not the back button, not a link,
 * and the browser asks before it closes the page. A page that has to go, because its session has ended, goes.
 */
export function useHeld(isHeld: boolean): void {
  // Not what was drawn last: the navigation that the end of the call begins must already find the way open.
  const held = useRef(isHeld)
  useLayoutEffect(() => {
    held.current = isHeld
  }, [isHeld])
  useBlocker({
    shouldBlockFn: () => held.current,
    enableBeforeUnload: () => held.current && !isLeaving(),
    disabled: !isHeld,
  })
}
