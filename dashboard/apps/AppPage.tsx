import { Button, SimpleGrid, Tabs } from '@mantine/core'
import { IconCopyPlus, IconPencil } from '@tabler/icons-react'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { AppView } from '../../src/apps/schema.ts'
import type { Effect } from '../../src/fleet/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AbsentPage } from '../ui/AbsentPage.tsx'
import { Data, Id, Time } from '../ui/Data.tsx'
import { EffectNote } from '../ui/EffectNote.tsx'
import { Facts } from '../ui/Facts.tsx'
import { later, laterPart } from '../ui/later.tsx'
import { Page } from '../ui/Page.tsx'
import { Section } from '../ui/Section.tsx'
import { useOne } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { AppOwnerName } from './AppOwner.tsx'
import { type AppAction, AppSettings } from './AppSettings.tsx'
// With the page: what shows a secret once must not still have to be fetched when the secret is there.
import { NewAppKey } from './NewAppKey.tsx'
import { texts } from './texts.data.ts'

const AppDialogs = later(() => import('./AppDialogs.tsx').then((m) => m.AppDialogs))
const AppTools = laterPart(() => import('./AppTools.tsx').then((m) => m.AppTools))

const t = translator(texts)

type Refs = Readonly<Record<string, { readonly name: string }>>
type Answer = { readonly app: AppView; readonly refs: Refs }

export function AppPage() {
  const { app = '' } = useParams({ strict: false })
  const { data, error, retry } = useOne<Answer>(`/apps/${app}`)
  if (!data) return <AbsentPage title={t('title')} error={error} retry={retry} gone={gone} />
  return <Shown {...data} />
}

const gone = { title: t('gone'), text: t('goneText'), list: '/configuration/apps', toList: t('toList') }

function Shown({ app, refs }: Answer) {
  const [search, set] = useUrl()
  const navigate = useNavigate()
  const [effect, setEffect] = useState<Effect | null>(null)
  const mayWrite = useMay()('apps:write') !== 'none'
  const nameOf = (id: string) => refs[id]?.name ?? id
  const act = (action: AppAction) => set({ do: action }, 'push')
  return (
    <Page title={<Data>{app.name}</Data>} name={app.name} actions={mayWrite && <HeadActions onAct={act} />}>
      {app.key === null && <NewAppKey app={app} mayWrite={mayWrite} />}
      <EffectNote effect={effect} />
      {mayWrite ? (
        <Tabs
          value={search['tab'] ?? 'overview'}
          onChange={(tab) => set({ tab: tab === 'overview' ? '' : (tab ?? '') })}
          keepMounted={false}
        >
          <Tabs.List mb="md">
            <Tabs.Tab value="overview">{t('overview')}</Tabs.Tab>
            <Tabs.Tab value="settings">{t('settings')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="overview">
            <Overview app={app} nameOf={nameOf} />
          </Tabs.Panel>
          <Tabs.Panel value="settings">
            <AppSettings app={app} onAct={act} />
          </Tabs.Panel>
        </Tabs>
      ) : (
        <Overview app={app} nameOf={nameOf} />
      )}
      {mayWrite && search['do'] && (
        <AppDialogs
          app={app}
          projectName={nameOf(app.project)}
          action={search['do']}
          onClose={() => set({ do: '' })}
          onSaved={setEffect}
          onGone={() => void navigate({ to: '/configuration/apps' })}
          onMade={({ id }) => void navigate({ to: `/configuration/apps/${id}` })}
        />
      )}
    </Page>
  )
}

const HeadActions = ({ onAct }: { readonly onAct: (action: AppAction) => void }) => (
  <>
    <Button leftSection={<IconPencil size={16} />} onClick={() => onAct('tools')}>
      {t('editTools')}
    </Button>
    <Button variant="default" leftSection={<IconCopyPlus size={16} />} onClick={() => onAct('clone')}>
      {t('clone')}
    </Button>
  </>
)

type OverviewProps = { readonly app: AppView; readonly nameOf: (id: string) => string }
function Overview({ app, nameOf }: OverviewProps) {
  const { id, slug, owner, project, key, createdAt } = app
  const keyLink = key && (
    <Link className="link" to={`/configuration/api-keys/${key}`}>
      {t('openKey')}
    </Link>
  )
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Section title={t('tools')}>
        <AppTools app={app} nameOf={nameOf} />
      </Section>
      <Section title={t('facts')}>
        <Facts
          of={[
            [t('owner'), <AppOwnerName key="owner" of={owner} />],
            [t('project'), <Data key="project">{nameOf(project)}</Data>],
            [t('key'), keyLink ?? t('noKey')],
            [t('slug'), <Id key="slug">{slug}</Id>],
            [t('id'), <Id key="id">{id}</Id>],
            [t('created'), <Time key="created" at={createdAt} />],
          ]}
        />
      </Section>
    </SimpleGrid>
  )
}
