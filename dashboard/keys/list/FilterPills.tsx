import { Button, CloseButton, Group, Text } from '@mantine/core'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { useNames } from '../../ui/useNames.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { type FilterName, filterNames, filterOf, isStatus, noFilter } from './filters.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
const labels = {
  search: 'search',
  status: 'statusFilter',
  owner: 'owners',
  project: 'project',
  server: 'server',
  app: 'app',
  tag: 'tag',
  expiring: 'expiring',
  unused: 'unused',
} as const satisfies Record<FilterName, string>

/** What the list is narrowed by, each to be taken off; there is nothing where it is not. */
export function FilterPills() {
  const [url, set] = useUrl()
  const filter = filterOf(url)
  const names = filterNames.filter((name) => filter[name] !== undefined)
  if (names.length === 0) return null
  return (
    <Group gap="xs">
      {names.map((name) => (
        <span key={name} className="filter-pill">
          <Text span size="sm" c="dimmed">
            {t(labels[name])}
          </Text>
          <Text span size="sm">
            <Value name={name} text={filter[name] ?? ''} />
          </Text>
          <CloseButton
            size="xs"
            aria-label={t('takeOff', { name: t(labels[name]) })}
            onClick={() => set({ [name]: undefined })}
          />
        </span>
      ))}
      <Button size="compact-sm" variant="subtle" onClick={() => set(noFilter)}>
        {t('clear')}
      </Button>
    </Group>
  )
}

function Value({ name, text }: { readonly name: FilterName; readonly text: string }) {
  if (name === 'status' && isStatus(text)) return t(text)
  if (name === 'expiring' || name === 'unused') return t('days', { n: Number(text) })
  if (name === 'owner' && text === 'me') return t('me')
  if (name === 'owner') return <Named path={ownersOf(text)} id={text} />
  if (name === 'app') return <Named path="/apps" id={text} />
  if (name === 'project') return <Named path="/projects" id={text} />
  if (name === 'server') return <ServerName id={text} />
  return <Data>{text}</Data>
}

const ownersOf = (id: string) => (id.startsWith('team_') ? '/teams' : id.startsWith('app_') ? '/apps' : '/members')

function ServerName({ id }: { readonly id: string }) {
  const may = useMay()
  return <Named path={may('servers:read') === 'all' ? '/servers' : '/me/catalog'} id={id} />
}

function Named({ path, id }: { readonly path: `/${string}`; readonly id: string }) {
  const { nameOf } = useNames(path)
  return <Data>{nameOf(id)}</Data>
}
