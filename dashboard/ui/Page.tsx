import { Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly title: ReactNode
  /** For the tab of the browser, where the title is not a text. */
  readonly name?: string
  readonly about?: ReactNode
  /** How it stands, in a word or two beside its name. */
  readonly badges?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** The address whose heading had the focus last; null: the page was loaded, and the browser says its title. */
let shownAt: string | null = null

/** A new screen is said to who does not see it: its heading gets the focus, as after a load of a page. */
function useFocusOnArrival(): void {
  useEffect(() => {
    const here = location.pathname
    if (shownAt !== null && shownAt !== here) {
      document.getElementById('page-title')?.focus({ preventScroll: true })
      window.scrollTo(0, 0)
    }
    shownAt = here
  }, [])
}

/** One screen: its heading, what it is for, what can be done, and the rest. */
export function Page({ title, name, about, badges, actions, children }: Props) {
  useFocusOnArrival()
  const tab = name ?? (typeof title === 'string' ? title : '')
  useEffect(() => {
    document.title = tab === '' ? 'Ostiary' : `${tab} · Ostiary`
  }, [tab])
  return (
    <Stack gap="md" className="page">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div className="page-name">
          <Group gap="xs">
            <Title order={1} size="h2" tabIndex={-1} id="page-title">
              {title}
            </Title>
            {badges}
          </Group>
          {about && (
            <Text c="dimmed" size="sm" maw="72ch" className="page-about">
              {about}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  )
}

/** While the first answer is on its way: the shape of what comes, so that nothing jumps. */
export const Loading = ({ lines = 5 }: { readonly lines?: number }) => (
  <Stack gap="xs" aria-busy="true" role="status" aria-label={t('loading')}>
    {Array.from({ length: lines }, (_, at) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
      <Skeleton key={at} height={36} radius="sm" />
    ))}
  </Stack>
)

type Empty = {
  readonly title: string
  readonly text?: ReactNode
  readonly action?: ReactNode
  readonly icon?: ReactNode
}
/** Nothing there yet: says what this is for, and the next step. */
export const EmptyState = ({ title, text, action, icon }: Empty) => (
  <Stack align="center" gap="xs" className="empty">
    {icon}
    <Title order={2} size="h4">
      {title}
    </Title>
    {text && (
      <Text c="dimmed" ta="center" maw="52ch" size="sm" component="div">
        {text}
      </Text>
    )}
    {action}
  </Stack>
)
