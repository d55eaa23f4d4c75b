import { Badge, Group, Tabs } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { translator } from '../texts.ts'
import { AbsentPage } from '../ui/AbsentPage.tsx'
import { Data } from '../ui/Data.tsx'
import { later, laterPart } from '../ui/later.tsx'
import { ManagedBadge } from '../ui/Managed.tsx'
import { Page } from '../ui/Page.tsx'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import { useOne } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { HeadActions } from '../upstreams/HeadActions.tsx'
import { useLook } from '../upstreams/useLook.ts'
import type { OneProvider, TestedProvider } from './answers.ts'
import { LookResult } from './LookResult.tsx'
import { ProviderState } from './ProviderState.tsx'
import { Overview } from './page/Overview.tsx'
import { texts } from './texts.data.ts'

const ModelsTab = laterPart(() => import('./models/ModelsTab.tsx').then((m) => m.ModelsTab))
const ProviderDialogs = later(() => import('./page/ProviderDialogs.tsx').then((m) => m.ProviderDialogs))

const t = translator(texts)

export function ProviderPage() {
  const { provider: id = '' } = useParams({ strict: false })
  const { data, error, retry } = useOne<OneProvider>(`/providers/${encodeURIComponent(id)}`)
  if (!data) return <AbsentPage title={t('title')} error={error} retry={retry} gone={gone} />
  return <Loaded answer={data} />
}

const gone = { title: t('gone'), text: t('goneText'), list: '/configuration/providers', toList: t('toList') }

function Loaded({ answer }: { readonly answer: OneProvider }) {
  const { provider, refs } = answer
  const [url, set] = useUrl()
  const [seen, setSeen] = useState<TestedProvider | null>(null)
  const look = useLook('providers', provider.id, setSeen)
  // What was seen of it before somebody changed it may be another address.
  const [result] = seen?.provider.revision === provider.revision ? seen.results : []
  return (
    <Page
      title={<Data>{provider.name}</Data>}
      name={provider.name}
      actions={
        <HeadActions
          kind="providers"
          of={provider}
          isTesting={look.isRunning}
          onTest={() => void look.change(undefined)}
        />
      }
    >
      <Badges {...answer} />
      <ProblemNote refusal={look.refusal} />
      {result && <LookResult look={result} />}
      <Tabs
        value={url['tab'] === 'overview' ? 'overview' : 'models'}
        onChange={(tab) => set({ tab: tab === 'models' ? '' : (tab ?? '') })}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="models">{t('tabModels')}</Tabs.Tab>
          <Tabs.Tab value="overview">{t('tabOverview')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="models" pt="md">
          <ModelsTab provider={provider} />
        </Tabs.Panel>
        <Tabs.Panel value="overview" pt="md">
          <Overview provider={provider} refs={refs} />
        </Tabs.Panel>
      </Tabs>
      {url['open'] && <ProviderDialogs provider={provider} onClose={() => set({ open: '' })} />}
    </Page>
  )
}

const Badges = ({ provider: { state, preset, managedBy } }: OneProvider) => (
  <Group gap="xs">
    <ProviderState state={state} />
    <Badge color="gray">{t(preset ?? 'noPreset')}</Badge>
    <ManagedBadge by={managedBy} />
  </Group>
)
