import type { TeamView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ConfirmChange } from '../../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly team: TeamView; readonly onClose: () => void }

export const DeleteTeam = ({ team: { id, name, revision }, onClose }: Props) => (
  <ConfirmChange
    title={t('deleteTitle')}
    text={t('deleteText', { name })}
    submit={t('delete')}
    isDangerous
    run={() => ask(`DELETE /teams/${id}`, { revision })}
    refreshes={['teams', 'catalogs']}
    said={t('deletedSaid', { name })}
    done={onClose}
    onClose={onClose}
  />
)
