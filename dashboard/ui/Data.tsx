import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { type ReactNode, useEffect } from 'react'
import { translator } from '../texts.ts'
import { IconButton } from './IconButton.tsx'
import { Mark } from './Mark.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** What people and machines wrote (names, ids, addresses): shown as text, never translated. */
export const Data = ({ children }: { readonly children: ReactNode }) => (
  <span translate="no" dir="auto" className="data">
    {children}
  </span>
)

export const Id = ({ children }: { readonly children: string }) => (
  <code translate="no" className="data id">
    {children}
  </code>
)

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

export const exactly = (at: string): string => exact.format(new Date(at))

const near = (at: number, now: number): string => {
  // It does not count on by itself, and seconds would be wrong at once.
  if (at <= now && now - at < 60_000) return t('justNow')
  const [unit, ms] = units.find(([, size]) => Math.abs(at - now) >= size) ?? ['second', 1000]
  return relative.format(Math.round((at - now) / ms), unit)
}

/** An instant in the viewer's own zone, near ones as "2 hours ago"; `Hints` tells the exact one. */
export function Time({
  at,
  missing = t('never'),
}: {
  readonly at: string | null | undefined
  readonly missing?: string
}) {
  if (!at) return <span className="dim">{missing}</span>
  const [ms, now] = [Date.parse(at), Date.now()]
  const isNear = Math.abs(ms - now) < 14 * 86_400_000
  return (
    <time dateTime={at} translate="no" className="nowrap">
      {isNear ? near(ms, now) : day.format(ms)}
    </time>
  )
}

/** Made once: a number costs a hundredth of its formatter. */
const count = new Intl.NumberFormat()
const dollars = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD' })

/** US dollars, rounded: what is an estimate. What was spent is `Usd`, with every digit. */
export const Money = ({ usd }: { readonly usd: string | number }) => (
  <span translate="no" className="number">
    {dollars.format(Number(usd))}
  </span>
)

export const Count = ({ n }: { readonly n: number }) => (
  <span translate="no" className="number">
    {count.format(n)}
  </span>
)

const colors = { good: 'green', waiting: 'yellow', bad: 'red', over: 'gray', plain: 'blue' } as const
/** A state in a word; the colour only repeats it. */
export const Status = ({ kind, children }: { readonly kind: keyof typeof colors; readonly children: string }) => (
  <Mark color={colors[kind]}>{children}</Mark>
)

/** Says "Copied!" for two seconds (D45). */
export function CopyButton({ value, label }: { readonly value: string; readonly label: string }) {
  const { copy, copied } = useClipboard({ timeout: 2000 })
  const says = copied ? t('copied') : label
  return (
    <IconButton
      label={says}
      picture={copied ? 'check' : 'copy'}
      data-hint={says}
      onClick={(event) => {
        event.stopPropagation()
        copy(value)
      }}
    />
  )
}

/** The same with its word in it. */
export function CopyTextButton({
  value,
  label = t('copy'),
  onCopied,
}: {
  readonly value: string
  readonly label?: string
  readonly onCopied?: () => void
}) {
  const { copy, copied, error } = useClipboard({ timeout: 2000 })
  // Not with the click: a browser may refuse, and then what is shown once has been copied by nobody.
  useEffect(() => {
    if (copied) onCopied?.()
  }, [copied, onCopied])
  return (
    <Button
      variant={copied ? 'filled' : 'default'}
      color={copied ? 'green' : 'gray'}
      leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
      onClick={() => copy(value)}
    >
      <span aria-live="polite">{copied ? t('copied') : error ? t('copyFailed') : label}</span>
    </Button>
  )
}

/** Commands and settings for somebody else's program, with a button that takes all of it. */
export function Snippet({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className="snippet">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section aria-label={label} tabIndex={0}>
        <pre translate="no">{text}</pre>
      </section>
      <CopyButton value={text} label={t('copy')} />
    </div>
  )
}
