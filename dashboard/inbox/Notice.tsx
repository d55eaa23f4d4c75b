import './inbox.css'
import { Anchor, Badge, Button, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { NotificationView } from '../../src/notifications/schema.ts'
import { translator } from '../texts.ts'
import { Data, Time } from '../ui/Data.tsx'
import { placeOf } from './placeOf.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly notice: NotificationView; readonly onRead: () => void }

export function Notice({ notice: { title, body, at, readAt, mail, subject }, onRead }: Props) {
  const place = placeOf(subject)
  const isUnread = readAt === null
  return (
    <li className="notice" data-unread={isUnread || undefined}>
      <div className="notice-text">
        <Group gap="xs">
          <Text fw={isUnread ? 650 : 450} component="h2" fz="md" m={0}>
            <Data>{title}</Data>
          </Text>
          {isUnread && <Badge>{t('unreadMark')}</Badge>}
        </Group>
        <Text size="sm">
          <Data>{body}</Data>
        </Text>
        <Text size="xs" c="dimmed">
          <Time at={at} /> · {t(`mail.${mail}`)}
        </Text>
      </div>
      <Group gap="xs">
        {place && (
          <Anchor
            component={Link}
            to={place.to}
            fz="sm"
            aria-label={t('lookNamed', { title })}
            {...{ search: place.search as never }}
            onClick={isUnread ? onRead : undefined}
          >
            {t('look')}
          </Anchor>
        )}
        {isUnread && (
          <Button size="xs" variant="default" aria-label={t('readNamed', { title })} onClick={onRead}>
            {t('read')}
          </Button>
        )}
      </Group>
    </li>
  )
}
