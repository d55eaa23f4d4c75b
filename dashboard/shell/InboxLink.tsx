import { ActionIcon, Indicator } from '@mantine/core'
import { IconBell } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { translator } from '../texts.ts'
import { useList } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Looks once a minute. */
export function InboxLink() {
  const { items, total } = useList<{ id: string }>('/notifications', { unread: true, limit: 50 }, { ms: 60_000 })
  const unread = total ?? items.length
  const label = unread === 0 ? t('inbox') : t('unread', { n: unread })
  return (
    <Indicator
      disabled={unread === 0}
      label={<span translate="no">{unread > 49 ? '50+' : unread}</span>}
      size={16}
      offset={6}
      color="red.8"
    >
      <ActionIcon component={Link} to="/inbox" aria-label={label} data-hint={label} size="lg">
        <IconBell size={20} />
      </ActionIcon>
    </Indicator>
  )
}
