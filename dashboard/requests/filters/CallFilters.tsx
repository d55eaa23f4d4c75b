import { Button, Card, Collapse, Group, SimpleGrid } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconFilter } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { EntityPicker } from '../../ui/EntityPicker.tsx'
import { FilterSelect } from '../../ui/FilterSelect.tsx'
import { FilterText } from '../../ui/FilterText.tsx'
import { useUrl } from '../../ui/useUrl.ts'
import { callFields, picked } from './fields.data.ts'
import { OwnerPicker } from './OwnerPicker.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  /** Stands beside the button that opens the rest. */
  readonly always: ReactNode
  /** More fields of one screen, and their names in the address. */
  readonly children?: ReactNode
  readonly more?: readonly string[]
}

/** Which calls: every field stands in the address under its name in REST. */
export function CallFilters({ always, children, more = [] }: Props) {
  const [url, set] = useUrl()
  const names = [...callFields, ...more]
  const n = names.filter((name) => url[name] !== undefined).length
  const [isOpen, { toggle }] = useDisclosure(n > 0)
  const clear = () => set(Object.fromEntries(names.map((name) => [name, undefined])))
  return (
    <div>
      <Group gap="sm" align="flex-end">
        {always}
        <Button
          variant="default"
          leftSection={<IconFilter size={16} />}
          onClick={toggle}
          aria-expanded={isOpen}
          aria-controls="call-filters"
        >
          {n === 0 ? t('noFilters') : t('filters', { n })}
        </Button>
        {n > 0 && (
          <Button variant="subtle" onClick={clear}>
            {t('clear')}
          </Button>
        )}
      </Group>
      <Collapse expanded={isOpen} id="call-filters">
        <Card withBorder mt="sm">
          <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} verticalSpacing="sm">
            <Named />
            {children}
          </SimpleGrid>
        </Card>
      </Collapse>
    </div>
  )
}

function Named() {
  const [url, set] = useUrl()
  const may = useMay()
  return (
    <>
      {picked.map(
        ([name, path, right]) =>
          may(right) !== 'none' && (
            <EntityPicker
              key={name}
              path={path}
              label={t(name)}
              placeholder={t('any')}
              clearable
              value={url[name] ?? null}
              onChange={(id) => set({ [name]: id ?? undefined })}
            />
          ),
      )}
      {may('members:read') === 'all' && <OwnerPicker value={url['owner']} onChange={(owner) => set({ owner })} />}
      <FilterText name="tool" label={t('tool')} placeholder={t('toolHint')} />
      <FilterText name="model" label={t('model')} placeholder={t('modelHint')} />
      <FilterSelect
        name="kind"
        label={t('kind')}
        options={[
          { value: 'mcp', label: t('mcp') },
          { value: 'llm', label: t('llm') },
        ]}
      />
    </>
  )
}
