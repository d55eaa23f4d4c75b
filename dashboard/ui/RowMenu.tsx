import { Menu } from '@mantine/core'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { translator } from '../texts.ts'
import { IconButton } from './IconButton.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly name: string
  /** `Menu.Item`s. */
  readonly children: ReactNode
}

/** What can be done with one row. A menu costs more than the rest of its row, so there is none until somebody opens it. */
export function RowMenu({ name, children }: Props) {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const wasOpen = useRef(false)
  useEffect(() => {
    // The menu gives the focus back to a button that went with it.
    if (wasOpen.current && !isOpen && document.activeElement === document.body) button.current?.focus()
    wasOpen.current = isOpen
  }, [isOpen])
  const dots = (
    <IconButton
      ref={button}
      label={t('moreActions', { name })}
      picture="dots"
      aria-haspopup="menu"
      aria-expanded={isOpen}
      onClick={() => setOpen(!isOpen)}
    />
  )
  if (!isOpen) return dots
  return (
    <Menu opened onClose={() => setOpen(false)} position="bottom-end" shadow="md" width={220}>
      <Menu.Target>{dots}</Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  )
}
