import { Anchor, Button, Group, List, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { TeamView } from '../../../src/people/schema.ts'
import { translator } from '../../texts.ts'
import { Data, Id, Time } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { ManagedNote } from '../../ui/Managed.tsx'
import { Loading } from '../../ui/Page.tsx'
import { ErrorNote } from '../../ui/ProblemNote.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Refs = Readonly<Record<string, { readonly name: string }>>
type Answer = { readonly team: TeamView; readonly refs: Refs }
type Props = {
  readonly id: string
  readonly onClose: () => void
  readonly mayWrite: boolean
  readonly onEdit: (team: TeamView) => void
  readonly onDelete: (team: TeamView) => void
}

/** One team at `?team=`, with the names of everybody in it. */
export function TeamDialog({ id, onClose, mayWrite, onEdit, onDelete }: Props) {
  const { data, error, retry } = useOne<Answer>(`/teams/${id}`)
  return (
    <Dialog title={data ? <Data>{data.team.name}</Data> : t('title')} onClose={onClose}>
      <ErrorNote error={error} onRetry={() => void retry()} />
      {!data && !error && <Loading lines={3} />}
      {data && (
        <Stack gap="md">
          <ManagedNote by={data.team.managedBy} />
          <TeamFacts {...data} />
          {mayWrite && data.team.managedBy === null && (
            <Group justify="flex-end" gap="xs">
              <Button variant="outline" color="red" onClick={() => onDelete(data.team)}>
                {t('delete')}
              </Button>
              <Button onClick={() => onEdit(data.team)}>{t('edit')}</Button>
            </Group>
          )}
        </Stack>
      )}
    </Dialog>
  )
}

function TeamFacts({ team, refs }: Answer) {
  return (
    <>
      <Facts
        of={[
          [t('slug'), <Data key="slug">{team.slug}</Data>],
          [t('created'), <Time key="created" at={team.createdAt} />],
          [t('id'), <Id key="id">{team.id}</Id>],
        ]}
      />
      <Anchor component={Link} to="/configuration/api-keys" {...{ search: { owner: team.id } as never }} size="sm">
        {t('keys')}
      </Anchor>
      <div>
        <Text fw={550} size="sm">
          {t('count', { n: team.members.length })}
        </Text>
        {team.members.length === 0 && (
          <Text size="sm" c="dimmed">
            {t('noMembers')}
          </Text>
        )}
        <List size="sm" listStyleType="none" spacing={6} mt={4}>
          {team.members.map((member) => (
            <List.Item key={member}>
              <Anchor component={Link} to={`/people/members/${member}`} inherit>
                <Data>{refs[member]?.name ?? member}</Data>
              </Anchor>
            </List.Item>
          ))}
        </List>
      </div>
    </>
  )
}
