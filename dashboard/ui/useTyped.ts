import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'

/** For a field whose text asks for something: passed on a moment after the last letter. `[text, type]` */
export function useTyped(value: string, onChange: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value)
  const sent = useRef(value)
  // It changed elsewhere: the way back, filters that were cleared, a secret that was taken out.
  useEffect(() => {
    if (value === sent.current) return
    sent.current = value
    setText(value)
  }, [value])
  const send = useDebouncedCallback((typed: string) => {
    sent.current = typed
    onChange(typed)
  }, 250)
  const type = (typed: string) => {
    setText(typed)
    send(typed.trim())
  }
  return [text, type]
}
