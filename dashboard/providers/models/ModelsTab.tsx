import { Button, Group, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { ProviderView } from '../../../src/providers/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { EmptyState } from '../../ui/Page.tsx'
import { SearchField } from '../../ui/SearchField.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { useUrl } from '../../ui/useUrl.ts'
import type { OfferedModel, OfferedModels } from '../answers.ts'
import { texts } from '../texts.data.ts'
import { EditModel } from './EditModel.tsx'
import { ModelsTable } from './ModelsTable.tsx'
import { RemoveModel } from './RemoveModel.tsx'

const t = translator(texts)

/** A provider of everything lists hundreds; the search finds the rest. */
const shownAtMost = 100

export function ModelsTab({ provider }: { readonly provider: ProviderView }) {
  const [url, set] = useUrl()
  const [search, setSearch] = useState('')
  const may = useMay()
  const { data, error, isLoading, retry } = useOne<OfferedModels>(`/providers/${provider.id}/models`)
  const mayWrite = may('providers:write') !== 'none' && provider.managedBy === null
  const all = data?.items ?? []
  const found = all.filter((model) => fits(model, search.trim().toLowerCase()))
  const { model, remove } = url
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t('modelsAbout')}
      </Text>
      <Group gap="xs" justify="space-between" align="flex-end">
        <SearchField label={t('modelSearch')} value={search} onChange={setSearch} />
        {mayWrite && (
          <Button
            variant="default"
            leftSection={<IconPlus size={16} />}
            onClick={() => set({ model: newModel }, 'push')}
          >
            {t('addModel')}
          </Button>
        )}
      </Group>
      <ModelsTable
        list={{ items: found.slice(0, shownAtMost), isLoading, error, retry, isStale: false }}
        isFiltered={search !== ''}
        onClearFilters={() => setSearch('')}
        empty={<EmptyState title={t('modelsEmpty')} text={t('modelsEmptyText')} />}
        {...(mayWrite
          ? {
              onEdit: (id: string) => set({ model: id }, 'push'),
              onRemove: (id: string) => set({ remove: id }, 'push'),
            }
          : {})}
      />
      {found.length > shownAtMost && (
        <Text size="sm" c="dimmed">
          {t('shownOf', { shown: shownAtMost, all: found.length })}
        </Text>
      )}
      {mayWrite && model !== undefined && data && (
        <EditModel
          key={model}
          provider={provider}
          id={model === newModel ? null : model}
          offered={all.find(({ id }) => id === model) ?? null}
          onClose={() => set({ model: '' })}
        />
      )}
      {mayWrite && remove !== undefined && (
        <RemoveModel provider={provider} id={remove} onClose={() => set({ remove: '' })} />
      )}
    </Stack>
  )
}

/** No model can have a space in its name. */
const newModel = ' new'

const fits = ({ id, aliases }: OfferedModel, search: string): boolean =>
  [id, ...aliases].some((name) => name.toLowerCase().includes(search))
