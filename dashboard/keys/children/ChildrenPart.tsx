import { Button, Group, Stack, Text } from '@mantine/core'
import type { ChildView } from '../../../src/keys/children/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { Data, Id, Status, Time } from '../../ui/Data.tsx'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { EmptyState } from '../../ui/Page.tsx'
import { useList } from '../../ui/useCalls.ts'
import { NarrowWords } from './NarrowWords.tsx'
import { texts } from './texts.data.ts'
import { branchesOf } from './tree.ts'

const t = translator(texts)

type Refs = Readonly<Record<string, { readonly name: string }>>
type Props = {
  readonly of: KeyView
  readonly mayWrite: boolean
  /** Missing: nobody makes one of this key now. */
  readonly onMake?: () => void
  readonly onEnd: (child: ChildView) => void
}

/** Tokens that were made of a key, each under the one that it was made of. */
export function ChildrenPart({ of: key, mayWrite, onMake, onEnd }: Props) {
  const list = useList<ChildView>(`/keys/${key.id}/children`, { limit: 50 }, { ms: 15_000 })
  const branches = branchesOf(list.items)
  const depths = new Map(branches.map(({ child: { id }, depth }) => [id, depth]))
  const make = onMake && (
    <Button variant="default" onClick={onMake}>
      {t('make')}
    </Button>
  )
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Text size="sm" c="dimmed">
          {t('about')}
        </Text>
        {list.items.length > 0 && make}
      </Group>
      <DataTable
        label={t('list', { name: key.name })}
        columns={columnsOf(list.refs, depths)}
        list={{ ...list, items: branches.map(({ child }) => child) }}
        idOf={({ id }) => id}
        nameOf={({ id }) => id}
        {...(mayWrite ? { actions: (child: ChildView) => <End child={child} onEnd={onEnd} /> } : {})}
        empty={<EmptyState title={t('empty')} text={t('emptyText')} action={make} />}
      />
    </Stack>
  )
}

function End({ child, onEnd }: { readonly child: ChildView; readonly onEnd: (child: ChildView) => void }) {
  if (child.status !== 'active') return null
  return (
    <Button
      size="compact-xs"
      color="red"
      variant="light"
      aria-label={t('endRow', { id: child.id })}
      onClick={() => onEnd(child)}
    >
      {t('end')}
    </Button>
  )
}

const kinds = { active: 'good', expired: 'over', revoked: 'bad' } as const

const columnsOf = (refs: Refs, depths: ReadonlyMap<string, number>): Column<ChildView>[] => [
  {
    id: 'id',
    label: t('id'),
    cell: (child) => (
      <span style={{ paddingInlineStart: `${(depths.get(child.id) ?? 0) * 1.25}rem` }}>
        <Id>{child.id}</Id>
        {child.parent !== null && (
          <Text size="xs" c="dimmed">
            {t('below', { parent: child.parent })}
          </Text>
        )}
      </span>
    ),
  },
  {
    id: 'status',
    label: t('status'),
    cell: ({ status }) => <Status kind={kinds[status]}>{t(status)}</Status>,
  },
  { id: 'expires', label: t('expires'), cell: (child) => <Time at={child.revokedAt ?? child.expiresAt} /> },
  { id: 'narrow', label: t('narrow'), cell: (child) => <NarrowWords narrow={child.narrow} /> },
  { id: 'issued', label: t('issued'), cell: (child) => <Time at={child.issuedAt} /> },
  {
    id: 'by',
    label: t('issuedBy'),
    cell: ({ issuedBy, key }) => (issuedBy === key ? t('byKey') : <Data>{refs[issuedBy]?.name ?? issuedBy}</Data>),
  },
]
