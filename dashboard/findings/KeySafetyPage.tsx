import { Anchor, Badge, Group, NavLink, Select, Stack, Text } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { FindingKind } from '../../src/findings/schema.ts'
import { translator } from '../texts.ts'
import { EmptyState, Loading, Page } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { FindingsOfKind } from './FindingsOfKind.tsx'
import './findings.css'
import { kinds, texts } from './texts.data.ts'
import { findingKinds, useFindingCounts } from './useFindings.ts'

const t = translator(texts)
const word = translator(kinds)
const spans = ['7', '30', '60', '90', '180']

/** Kinds of findings, the worst first, and beside them the keys of one kind. */
export function KeySafetyPage() {
  const [url, setUrl] = useUrl()
  const unusedDays = spans.find((days) => days === url['unused']) ?? '30'
  const { counts, found, total, error, retry } = useFindingCounts(unusedDays)
  const kind = findingKinds.find((each) => each === url['kind']) ?? found[0]
  return (
    <Page
      title={t('title')}
      about={t('about')}
      actions={
        <Select
          label={t('unusedFor')}
          data={spans.map((days) => ({ value: days, label: t('days', { n: Number(days) }) }))}
          value={unusedDays}
          onChange={(days) => setUrl({ unused: days === '30' ? undefined : (days ?? undefined) })}
          allowDeselect={false}
          w={180}
        />
      }
    >
      {error ? (
        <ErrorNote error={error} onRetry={() => void retry()} />
      ) : counts === null ? (
        <Loading />
      ) : kind === undefined ? (
        <Nothing />
      ) : (
        <div className="safety">
          <Stack gap={4} component="nav" aria-label={t('kinds')}>
            <Text size="sm" c="dimmed">
              {t('total', { n: total })}
            </Text>
            {[...new Set([...found, kind])].map((each) => (
              <KindLink key={each} kind={each} n={counts[each] ?? 0} isHere={each === kind} />
            ))}
          </Stack>
          <FindingsOfKind key={kind} kind={kind} unusedDays={unusedDays} />
        </div>
      )}
    </Page>
  )
}

const Nothing = () => (
  <EmptyState
    icon={<IconShieldCheck size={40} aria-hidden />}
    title={t('nothing')}
    text={t('nothingText')}
    action={
      <Anchor component={Link} to="/configuration/api-keys">
        {t('toKeys')}
      </Anchor>
    }
  />
)

type KindProps = { readonly kind: FindingKind; readonly n: number; readonly isHere: boolean }
function KindLink({ kind, n, isHere }: KindProps) {
  const [, setUrl] = useUrl()
  return (
    <NavLink
      component="button"
      type="button"
      active={isHere}
      aria-current={isHere ? 'true' : undefined}
      label={word(`${kind}.title`)}
      rightSection={
        <Group gap={4}>
          <Badge color={n === 0 ? 'gray' : 'yellow'}>
            <span translate="no">{n.toLocaleString()}</span>
          </Badge>
        </Group>
      }
      onClick={() => setUrl({ kind }, 'push')}
    />
  )
}
