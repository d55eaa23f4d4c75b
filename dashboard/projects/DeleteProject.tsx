import { Text } from '@mantine/core'
import type { ProjectView } from '../../src/projects/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { LoadingDialog } from '../ui/LoadingDialog.tsx'
import { useOne } from '../ui/useCalls.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly projectId: string; readonly onClose: () => void }

export function DeleteProject({ projectId, onClose }: Props) {
  const { data, error } = useOne<{ project: ProjectView }>(`/projects/${projectId}`)
  if (!data) return <LoadingDialog title={t('deleteTitle')} error={error} onClose={onClose} />
  const { id, name, revision } = data.project
  return (
    <ConfirmChange
      title={t('deleteTitle')}
      text={t('deleteText', { name })}
      submit={t('delete')}
      isDangerous
      run={() => ask(`DELETE /projects/${id}`, { revision })}
      refreshes={['projects']}
      said={t('deleted', { name })}
      done={onClose}
      onClose={onClose}
    >
      <Text size="sm" c="dimmed">
        {t('deleteConsequence')}
      </Text>
    </ConfirmChange>
  )
}
