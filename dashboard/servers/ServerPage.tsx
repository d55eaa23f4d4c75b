import { Badge, Group, Tabs } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useMay } from '../session/session.tsx'
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
import type { OneServer, TestedServer } from './answers.ts'
import { Overview } from './page/Overview.tsx'
import { ServerState } from './ServerState.tsx'
import { texts } from './texts.data.ts'

const Connect = laterPart(() => import('./page/Connect.tsx').then((m) => m.Connect))
const ServerDialogs = later(() => import('./page/ServerDialogs.tsx').then((m) => m.ServerDialogs))
const ToolsTab = laterPart(() => import('./page/ToolsTab.tsx').then((m) => m.ToolsTab))

const t = translator(texts)

export function ServerPage() {
  const { server: id = '' } = useParams({ strict: false })
  const { data, error, retry } = useOne<OneServer>(`/servers/${encodeURIComponent(id)}`, {}, { ms: 10_000 })
  if (!data) return <AbsentPage title={t('title')} error={error} retry={retry} gone={gone} />
  return <Loaded answer={data} />
}

const gone = { title: t('gone'), text: t('goneText'), list: '/configuration/servers', toList: t('toList') }

const tabs = ['overview', 'tools', 'connect'] as const

function Loaded({ answer }: { readonly answer: OneServer }) {
  const { server, refs } = answer
  const [url, set] = useUrl()
  const may = useMay()
  const mayWrite = may('servers:write') !== 'none'
  const [seen, setSeen] = useState<TestedServer | null>(null)
  const look = useLook('servers', server.id, setSeen)
  useLookAfterChange(server.revision, () => {
    if (mayWrite) void look.change(undefined)
  })
  const tab = tabs.find((one) => one === url['tab']) ?? 'overview'
  return (
    <Page
      title={<Data>{server.name}</Data>}
      name={server.name}
      actions={
        <HeadActions kind="servers" of={server} isTesting={look.isRunning} onTest={() => void look.change(undefined)} />
      }
    >
      <Badges {...answer} />
      <ProblemNote refusal={look.refusal} />
      <Tabs
        value={tab}
        onChange={(value) => set({ tab: value === 'overview' ? '' : (value ?? '') })}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="overview">{t('tabOverview')}</Tabs.Tab>
          <Tabs.Tab value="tools" rightSection={server.tools && <ToolCount n={server.tools.length} />}>
            {t('tabTools')}
          </Tabs.Tab>
          <Tabs.Tab value="connect">{t('tabConnect')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview" pt="md">
          <Overview server={server} refs={refs} looks={seen?.results ?? null} isLooking={look.isRunning} />
        </Tabs.Panel>
        <Tabs.Panel value="tools" pt="md">
          <ToolsTab server={server} />
        </Tabs.Panel>
        <Tabs.Panel value="connect" pt="md">
          <Connect server={server} />
        </Tabs.Panel>
      </Tabs>
      {url['open'] && <ServerDialogs server={server} onClose={() => set({ open: '' })} />}
    </Page>
  )
}

/** What was known of it was about the server before: without a look its tools would be gone until the next one. */
function useLookAfterChange(revision: number, look: () => void): void {
  const known = useRef(revision)
  useEffect(() => {
    if (known.current === revision) return
    known.current = revision
    look()
  })
}

const ToolCount = ({ n }: { readonly n: number }) => (
  <Badge size="sm" color="gray" translate="no">
    {n}
  </Badge>
)

const Badges = ({ server }: OneServer) => (
  <Group gap="xs">
    <ServerState state={server.state} />
    <Badge color="gray">{t(server.transport.type)}</Badge>
    <ManagedBadge by={server.managedBy} />
  </Group>
)
