import { Alert, Button, SimpleGrid, Text } from '@mantine/core'
import { IconPencil, IconTrash } from '@tabler/icons-react'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { CatalogView } from '../../src/catalogs/schema.ts'
import type { Effect } from '../../src/fleet/schema.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { AbsentPage } from '../ui/AbsentPage.tsx'
import { Data, Id, Time } from '../ui/Data.tsx'
import { EffectNote } from '../ui/EffectNote.tsx'
import { Facts } from '../ui/Facts.tsx'
import { ManagedNote } from '../ui/Managed.tsx'
import { Page } from '../ui/Page.tsx'
import { Section } from '../ui/Section.tsx'
import { useOne } from '../ui/useCalls.ts'
import { useUrl } from '../ui/useUrl.ts'
import { DeleteCatalog } from './DeleteCatalog.tsx'
import { EditCatalog } from './EditCatalog.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Refs = Readonly<Record<string, { readonly slug: string | null; readonly name: string }>>
type Answer = { readonly catalog: CatalogView; readonly refs: Refs }

export function CatalogPage() {
  const { catalog = '' } = useParams({ strict: false })
  const { data, error, retry } = useOne<Answer>(`/catalogs/${catalog}`)
  if (!data) return <AbsentPage title={t('title')} error={error} retry={retry} gone={gone} />
  return <Shown {...data} />
}

const gone = { title: t('gone'), text: t('goneText'), list: '/configuration/catalogs', toList: t('toList') }

function Shown({ catalog, refs }: Answer) {
  const [search, set] = useUrl()
  const [effect, setEffect] = useState<Effect | null>(null)
  const navigate = useNavigate()
  const mayWrite = useMay()('catalogs:write') === 'all' && catalog.managedBy === null
  const close = () => set({ do: '' })
  return (
    <Page
      title={<Data>{catalog.name}</Data>}
      name={catalog.name}
      actions={
        mayWrite && (
          <>
            <Button leftSection={<IconPencil size={16} />} onClick={() => set({ do: 'edit' }, 'push')}>
              {t('edit')}
            </Button>
            <Button
              variant="default"
              leftSection={<IconTrash size={16} />}
              onClick={() => set({ do: 'delete' }, 'push')}
            >
              {t('delete')}
            </Button>
          </>
        )
      }
    >
      <ManagedNote by={catalog.managedBy} />
      <EffectNote effect={effect} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title={t('servers')}>
          <Links ids={catalog.servers} refs={refs} to="/configuration/servers" empty={t('noServers')} />
        </Section>
        <Section title={t('providers')}>
          <Links ids={catalog.providers} refs={refs} to="/configuration/providers" empty={t('noProviders')} />
        </Section>
        <Section title={t('audience')}>
          <AudienceLists of={catalog.audience} refs={refs} />
        </Section>
        <Section title={t('facts')}>
          <CatalogFacts catalog={catalog} />
        </Section>
      </SimpleGrid>
      {mayWrite && search['do'] === 'edit' && (
        <EditCatalog catalogId={catalog.id} onClose={close} onSaved={setEffect} />
      )}
      {mayWrite && search['do'] === 'delete' && (
        <DeleteCatalog
          catalogId={catalog.id}
          onClose={close}
          onDeleted={() => void navigate({ to: '/configuration/catalogs' })}
        />
      )}
    </Page>
  )
}

type LinksProps = { readonly ids: readonly string[]; readonly refs: Refs; readonly to: string; readonly empty: string }
const Links = ({ ids, refs, to, empty }: LinksProps) =>
  ids.length === 0 ? (
    <Text size="sm" c="dimmed">
      {empty}
    </Text>
  ) : (
    <ul className="plain-list">
      {ids.map((id) => (
        <li key={id}>
          <Link className="link" to={`${to}/${id}`}>
            <Data>{refs[id]?.name ?? id}</Data>
          </Link>
        </li>
      ))}
    </ul>
  )

function AudienceLists({ of: { everyone, teams, members }, refs }: { of: CatalogView['audience']; refs: Refs }) {
  if (everyone) return <Text size="sm">{t('everyone')}</Text>
  if (teams.length + members.length === 0) return <Alert color="yellow">{t('nobodyText')}</Alert>
  return (
    <Facts
      of={[
        teams.length > 0 ? [t('teams'), <Names key="teams" ids={teams} refs={refs} />] : null,
        members.length > 0 ? [t('members'), <Names key="members" ids={members} refs={refs} />] : null,
      ]}
    />
  )
}

const Names = ({ ids, refs }: { readonly ids: readonly string[]; readonly refs: Refs }) => (
  <Data>{ids.map((id) => refs[id]?.name ?? id).join(', ')}</Data>
)

const CatalogFacts = ({ catalog: { id, slug, joinedByNew, createdAt } }: { readonly catalog: CatalogView }) => (
  <Facts
    of={[
      [t('id'), <Id key="id">{id}</Id>],
      [t('slug'), <Id key="slug">{slug}</Id>],
      [t('created'), <Time key="created" at={createdAt} />],
      joinedByNew ? [t('joined'), t('joinedText')] : null,
    ]}
  />
)
