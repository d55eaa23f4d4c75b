import { useEffect, useState } from 'react'
import { laterHelp } from './later.tsx'

const Hint = laterHelp(() => import('./Hint.tsx').then((m) => m.Hint))

/** So long somebody points at something before he wants to know more of it. */
const delayMs = 250

/**
 * The tooltip of everything that says `data-hint`, and the exact instant of every `<time>`: one for the page, because a
 * list has hundreds of them. By pointer, finger and keyboard; Escape puts it away (WCAG 1.4.13).
 */
export function Hints() {
  const [target, setTarget] = useState<HTMLElement | null>(null)
  useEffect(() => {
    let timer = 0
    let pointed: HTMLElement | null = null
    const point = ({ target: at }: Event) => {
      const next = at instanceof Element ? at.closest<HTMLElement>('[data-hint], time[datetime]') : null
      if (next === pointed) return
      pointed = next
      window.clearTimeout(timer)
      setTarget(null)
      if (next) timer = window.setTimeout(() => setTarget(next), delayMs)
    }
    const leave = () => point(new Event('leave'))
    const key = ({ key: pressed }: KeyboardEvent) => pressed === 'Escape' && leave()
    const stop = new AbortController()
    const { signal } = stop
    document.addEventListener('pointerover', point, { signal, passive: true })
    document.addEventListener('focusin', point, { signal })
    document.addEventListener('focusout', leave, { signal })
    document.addEventListener('keydown', key, { signal })
    document.documentElement.addEventListener('pointerleave', leave, { signal })
    return () => {
      stop.abort()
      window.clearTimeout(timer)
    }
  }, [])
  return target?.isConnected ? <Hint of={target} /> : null
}
