import { Button, Group, Paper, Text } from '@mantine/core'
import { useState } from 'react'
import type { KeyView } from '../../../src/keys/schema.ts'
import { ask, type PageOf, queryOf } from '../../api.ts'
import { translator } from '../../texts.ts'
import { later } from '../../ui/later.tsx'
import { ProblemNote } from '../../ui/ProblemNote.tsx'
import { useChange } from '../../ui/useChange.ts'
import { type BulkAction, bulkActions } from './bulk.data.ts'
import type { Filter } from './filters.ts'
import { texts } from './texts.data.ts'
import type { Chosen } from './useChosen.ts'

const BulkDialog = later(() => import('./BulkDialog.tsx').then((m) => m.BulkDialog))

const t = translator(texts)
/** So many one call takes. */
const atMost = 1000

type Props = {
  readonly filter: Filter
  readonly total: number | null
  readonly chosen: Chosen
  readonly add: (keys: readonly KeyView[]) => void
  readonly clear: () => void
}

export function BulkBar({ filter, total, chosen, add, clear }: Props) {
  const [action, setAction] = useState<BulkAction | null>(null)
  const n = chosen.size
  return (
    <Paper withBorder p="xs" className="bulk" component="section" aria-label={t('bulkLabel')}>
      <Group gap="xs">
        <Text size="sm" fw={600} aria-live="polite">
          {t('chosen', { n })}
        </Text>
        <ChooseAll filter={filter} total={total} n={n} add={add} />
        <Button size="compact-sm" variant="subtle" onClick={clear}>
          {t('clearChosen')}
        </Button>
        <Group gap={6} ml="auto">
          {bulkActions.map(({ id, button, isDangerous }) => (
            <Button
              key={id}
              size="compact-sm"
              variant="default"
              className={isDangerous ? 'dangerous' : ''}
              onClick={() => setAction(id)}
            >
              {t(button)}
            </Button>
          ))}
        </Group>
      </Group>
      {action && (
        <BulkDialog
          action={action}
          chosen={chosen}
          onClose={(isDone) => {
            setAction(null)
            if (isDone) clear()
          }}
        />
      )}
    </Paper>
  )
}

type All = Pick<Props, 'filter' | 'total' | 'add'> & { readonly n: number }
/** Everything that the filters leave, also what other pages show. */
function ChooseAll({ filter, total, n, add }: All) {
  const { change, isRunning, refusal } = useChange({ run: () => readAll(filter), refreshes: [], done: add })
  if (total === null || total <= n) return null
  return (
    <>
      <Button size="compact-sm" variant="subtle" loading={isRunning} onClick={() => void change(undefined)}>
        {total > atMost ? t('chooseMost', { n: atMost }) : t('chooseAll', { n: total })}
      </Button>
      <ProblemNote refusal={refusal} />
    </>
  )
}

async function readAll(filter: Filter): Promise<readonly KeyView[]> {
  const found: KeyView[] = []
  let cursor: string | null = null
  do {
    const page: PageOf<KeyView> = await ask(`GET /keys${queryOf({ ...filter, limit: 200, cursor })}`)
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null && found.length < atMost)
  return found.slice(0, atMost)
}
