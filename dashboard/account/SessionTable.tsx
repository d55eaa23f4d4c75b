import { Badge, Button, Group, Text, Tooltip } from '@mantine/core'
import type { SessionView } from '../../src/people/sessions/schema.ts'
import { ask } from '../api.ts'
import { signOut } from '../session/signOut.ts'
import { translator } from '../texts.ts'
import { Data, Time } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import type { List } from '../ui/useCalls.ts'
import { useChange } from '../ui/useChange.ts'
import { browserName } from './browserName.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const columns: readonly Column<SessionView>[] = [
  {
    id: 'browser',
    label: t('browser'),
    cell: ({ userAgent, current }) => (
      <Group gap="xs">
        <Tooltip label={<Data>{userAgent}</Data>} disabled={userAgent === ''}>
          <span>{browserName(userAgent)}</span>
        </Tooltip>
        {current && <Badge color="green">{t('thisBrowser')}</Badge>}
      </Group>
    ),
  },
  {
    id: 'address',
    label: t('address'),
    cell: ({ address }) =>
      address === null ? (
        <Text component="span" inherit c="dimmed">
          {t('unknownAddress')}
        </Text>
      ) : (
        <Data>{address}</Data>
      ),
  },
  { id: 'method', label: t('method'), cell: ({ method }) => t(`method-${method}`) },
  { id: 'used', label: t('lastUsed'), cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
  { id: 'since', label: t('since'), cell: ({ createdAt }) => <Time at={createdAt} /> },
  { id: 'ends', label: t('ends'), cell: ({ expiresAt }) => <Time at={expiresAt} /> },
]

type Props = { readonly list: List<SessionView>; readonly mayEnd: boolean }

/** Browsers that are signed in, each with the button that ends it. */
export function SessionTable({ list, mayEnd }: Props) {
  return (
    <DataTable
      label={t('sessions')}
      columns={columns}
      list={list}
      idOf={({ id }) => id}
      nameOf={({ userAgent }) => browserName(userAgent)}
      empty={
        <Text size="sm" c="dimmed">
          {t('noSessions')}
        </Text>
      }
      {...(mayEnd ? { actions: (session: SessionView) => <EndSession session={session} /> } : {})}
    />
  )
}

function EndSession({ session }: { readonly session: SessionView }) {
  const { change, isRunning, refusal } = useChange({
    run: ({ id, current }: SessionView) => (current ? signOut() : ask<unknown>(`DELETE /sessions/${id}`)),
    refreshes: session.current ? [] : ['sessions'],
    said: t('ended'),
  })
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        loading={isRunning}
        aria-label={t('endOf', { browser: browserName(session.userAgent) })}
        onClick={() => void change(session)}
      >
        {t('end')}
      </Button>
      <ProblemNote refusal={refusal} />
    </>
  )
}
