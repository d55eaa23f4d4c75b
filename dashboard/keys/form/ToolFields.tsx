import { Accordion, Button, Fieldset, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Choice } from '../../../src/keys/schema.ts'
import { Data } from '../../ui/Data.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { serversOf } from './bodies.ts'
import { ChoiceSwitches } from './ChoiceSwitches.tsx'
import { admits, countOf } from './choices.ts'
import { t, useDesk } from './desk.ts'
import type { Offer } from './useOffers.ts'

const all: Choice = { mode: 'all' }
/** More at once nobody reads, and the browser would be slow to show. */
const shownAtMost = 50

/** The tools of each server that the key is given. A search hides; what it hides keeps its tick (D40, D41). */
export function ToolFields() {
  const { form, toolsShown } = useDesk()
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<string[]>([])
  const admitted = useAdmitted()
  const found = admitted.filter((server) => finds(server, search))
  const shown = found.slice(0, shownAtMost)
  const setTools = (id: string, choice: Choice) => form.setFieldValue('tools', { ...form.values.tools, [id]: choice })
  return (
    <Fieldset legend={t('tools')}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {admitted.length === 0 ? t('toolsNone') : t('toolsHint')}
        </Text>
        {admitted.length > 0 && <SearchField label={t('toolsSearch')} value={search} onChange={setSearch} />}
        {admitted.length > 0 && found.length === 0 && <Text size="sm">{t('toolsNoMatch')}</Text>}
        <Accordion
          multiple
          order={3}
          variant="contained"
          value={search.trim() === '' ? open : shown.map(({ id }) => id)}
          onChange={setOpen}
        >
          {shown.map((server) => (
            <ServerTools
              key={server.id}
              server={server}
              search={search}
              choice={form.values.tools[server.id] ?? toolsShown}
              onChange={(choice) => setTools(server.id, choice)}
            />
          ))}
        </Accordion>
        {found.length > shown.length && (
          <Text size="sm" c="dimmed">
            {t('moreServers', { n: found.length - shown.length })}
          </Text>
        )}
        {form.errors['tools'] && (
          <Text size="sm" c="var(--mantine-color-error)">
            {form.errors['tools']}
          </Text>
        )}
      </Stack>
    </Fieldset>
  )
}

/** Those that the mode above lets in, of the key's projects. */
function useAdmitted(): Offer[] {
  const { form, present } = useDesk()
  const servers = serversOf(form.values)
  return present.filter(({ id }) => admits(servers, id))
}

const has = (text: string, search: string): boolean => text.toLowerCase().includes(search.trim().toLowerCase())
const isCalled = ({ name, slug }: Offer, search: string): boolean => has(name, search) || has(slug, search)
const finds = (server: Offer, search: string): boolean =>
  isCalled(server, search) || (server.tools ?? []).some(({ name }) => has(name, search))

type Props = {
  readonly server: Offer
  readonly search: string
  readonly choice: Choice
  readonly onChange: (choice: Choice) => void
}
function ServerTools({ server, search, choice, onChange }: Props) {
  const tools = (server.tools ?? []).map(({ name, description }) => ({ id: name, name, about: description }))
  const names = tools.map(({ id }) => id)
  return (
    <Accordion.Item value={server.id}>
      <Accordion.Control>
        <Group justify="space-between" pe="sm">
          <Data>{server.name}</Data>
          <Text size="sm" c="dimmed">
            {summaryOf(choice, names)}
          </Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="sm">
          {server.tools === null && (
            <Text size="sm" c="dimmed">
              {t('toolsUnseen')}
            </Text>
          )}
          <Group gap="xs">
            <Button size="compact-xs" variant="default" onClick={() => onChange(all)}>
              {t('tickAll')}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => onChange({ mode: 'none' })}>
              {t('tickNone')}
            </Button>
          </Group>
          <ChoiceSwitches
            look="checkboxes"
            items={tools}
            choice={choice}
            onChange={onChange}
            later={t('toolsLater')}
            isShown={({ name }) => isCalled(server, search) || has(name, search)}
          />
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  )
}

function summaryOf(choice: Choice, names: readonly string[]): string {
  if (choice.mode === 'all') return t('toolsAll')
  if (choice.mode === 'none') return t('toolsNoneOn')
  return t('toolsCount', { on: countOf(choice, names), all: names.length })
}
