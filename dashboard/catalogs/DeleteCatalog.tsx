import { Text } from '@mantine/core'
import type { CatalogView } from '../../src/catalogs/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { LoadingDialog } from '../ui/LoadingDialog.tsx'
import { useOne } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly catalogId: string; readonly onClose: () => void; readonly onDeleted?: () => void }

export function DeleteCatalog({ catalogId, onClose, onDeleted = onClose }: Props) {
  const { data, error } = useOne<{ catalog: CatalogView }>(`/catalogs/${catalogId}`)
  if (!data) return <LoadingDialog title={t('deleteTitle')} error={error} onClose={onClose} />
  const { id, name, revision } = data.catalog
  return (
    <ConfirmChange
      title={t('deleteTitle')}
      text={t('deleteText', { name })}
      submit={t('delete')}
      isDangerous
      run={() => ask(`DELETE /catalogs/${id}`, { revision })}
      refreshes={['catalogs', 'me']}
      said={t('deleted', { name })}
      done={onDeleted}
      onClose={onClose}
    >
      <Text size="sm" c="dimmed">
        {t('deleteConsequence')}
      </Text>
    </ConfirmChange>
  )
}
