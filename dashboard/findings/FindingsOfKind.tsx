import { Anchor, Button, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Finding, FindingKind } from '../../src/findings/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { later } from '../ui/later.tsx'
import { EmptyState } from '../ui/Page.tsx'
import { Section } from '../ui/Section.tsx'
import { kinds, texts } from './texts.data.ts'
import { type Named, useFindingsOf } from './useFindings.ts'

const FixFindings = later(() => import('./FixFindings.tsx').then((m) => m.FixFindings))

const t = translator(texts)
const word = translator(kinds)

const columnsWith = (named: (finding: Finding) => Named): readonly Column<Finding>[] => [
  {
    id: 'key',
    label: t('key'),
    cell: (finding) => (
      <Anchor
        component={Link}
        to="/configuration/api-keys"
        fz="sm"
        fw={550}
        {...{ search: { key: finding.key } as never }}
      >
        <Data>{named(finding).name}</Data>
      </Anchor>
    ),
  },
  { id: 'why', label: t('seen'), cell: ({ why }) => <Data>{why}</Data> },
]

type Props = { readonly kind: FindingKind; readonly unusedDays: string }

/** What this kind means, the keys that have it, and the fix of one or of many. */
export function FindingsOfKind({ kind, unusedDays }: Props) {
  const { list, named } = useFindingsOf(kind, unusedDays)
  const mayFix = useMay()('keys:write') !== 'none'
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  // As they were when it was asked: what is fixed leaves the list while the dialog still tells of it.
  const [fixing, setFixing] = useState<readonly Named[] | null>(null)
  const chosen = list.items.filter(({ id }) => ids.has(id)).map(named)
  const close = () => {
    setFixing(null)
    setIds(new Set())
  }
  return (
    <Section title={word(`${kind}.title`)}>
      <Text size="sm" maw="72ch">
        {word(`${kind}.why`)}
      </Text>
      {mayFix ? (
        <Group gap="sm" mih={36}>
          <Text size="sm" c="dimmed" aria-live="polite">
            {t('chosen', { n: chosen.length })}
          </Text>
          <Button size="xs" disabled={chosen.length === 0} onClick={() => setFixing(chosen)}>
            {word(`${kind}.fix`)}
          </Button>
        </Group>
      ) : (
        <Text size="sm" c="dimmed">
          {t('mayNot')}
        </Text>
      )}
      <DataTable<Finding>
        label={word(`${kind}.title`)}
        columns={columnsWith(named)}
        list={list}
        idOf={({ id }) => id}
        nameOf={(finding) => named(finding).name}
        empty={<EmptyState title={t('nothingOfKind')} text={t('nothingOfKindText')} />}
        {...(mayFix
          ? {
              selection: { ids, set: setIds },
              actions: (finding) => <FixOne finding={named(finding)} onFix={() => setFixing([named(finding)])} />,
            }
          : {})}
      />
      {fixing && <FixFindings kind={kind} findings={fixing} onClose={close} />}
    </Section>
  )
}

const FixOne = ({ finding: { kind, name }, onFix }: { readonly finding: Named; readonly onFix: () => void }) => {
  const fix = word(`${kind}.fix`)
  return (
    <Button size="xs" variant="default" aria-label={t('fixNamed', { fix, name })} onClick={onFix}>
      {fix}
    </Button>
  )
}
