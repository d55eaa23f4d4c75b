import { Anchor, Button, Group, List, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { LeavingView } from '../../../src/people/leaving/schema.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly leaving: LeavingView
  /** Missing: it is not for this person to hand anything on. */
  readonly onHandOn?: () => void
}

/** Keys and apps of a person, and the way to hand them on once that person is out. */
export function OwnedThings({ leaving, onHandOn }: Props) {
  const { keys, apps, member } = leaving
  if (keys.total + apps.total === 0)
    return (
      <Text size="sm" c="dimmed">
        {t('nothing')}
      </Text>
    )
  return (
    <Stack gap="sm">
      <Group align="flex-start" gap="xl">
        <Things
          title={t('keys', { n: keys.total })}
          items={keys.items.map(({ id, name }) => ({ id, name, to: `/configuration/api-keys/${id}` }))}
        />
        <Things
          title={t('apps', { n: apps.total })}
          items={apps.items.map(({ id, name }) => ({ id, name, to: `/configuration/apps/${id}` }))}
        />
      </Group>
      {(keys.items.length < keys.total || apps.items.length < apps.total) && (
        <Text size="sm" c="dimmed">
          {t('more')}
        </Text>
      )}
      {onHandOn && member.state !== 'active' && (
        <Group>
          <Button onClick={onHandOn}>{t('handOn')}</Button>
        </Group>
      )}
      {onHandOn && member.state === 'active' && (
        <Text size="sm" c="dimmed">
          {t('deactivateFirst')}
        </Text>
      )}
    </Stack>
  )
}

type Thing = { readonly id: string; readonly name: string; readonly to: string }
const Things = ({ title, items }: { readonly title: string; readonly items: readonly Thing[] }) =>
  items.length > 0 && (
    <div>
      <Text size="sm" fw={550}>
        {title}
      </Text>
      <List size="sm" listStyleType="none">
        {items.slice(0, 10).map(({ id, name, to }) => (
          <List.Item key={id}>
            <Anchor component={Link} to={to} inherit>
              <Data>{name}</Data>
            </Anchor>
          </List.Item>
        ))}
      </List>
    </div>
  )
