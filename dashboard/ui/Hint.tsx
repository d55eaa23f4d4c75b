import { Tooltip } from '@mantine/core'
import { useEffect, useState } from 'react'
import { exactly } from './Data.tsx'

/** What `Hints` shows, fetched when somebody first points at something. */
export function Hint({ of }: { readonly of: HTMLElement }) {
  const [text, setText] = useState(() => textOf(of))
  useEffect(() => {
    // A button that has copied something says so where it said before what it does.
    const watch = new MutationObserver(() => setText(textOf(of)))
    watch.observe(of, { attributes: true, attributeFilter: ['data-hint'] })
    return () => watch.disconnect()
  }, [of])
  return (
    <Tooltip target={of} opened label={of instanceof HTMLTimeElement ? <span translate="no">{text}</span> : text} />
  )
}

const textOf = (of: HTMLElement): string =>
  of instanceof HTMLTimeElement ? exactly(of.dateTime) : (of.dataset['hint'] ?? '')
