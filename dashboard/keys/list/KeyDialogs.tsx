import { useMay } from '../../session/session.tsx'
import { later } from '../../ui/later.tsx'
import { useUrl } from '../../ui/useUrl.ts'

const KeyDialog = later(() => import('../detail/KeyDialog.tsx').then((m) => m.KeyDialog))
const RotateKey = later(() => import('../detail/RotateKey.tsx').then((m) => m.RotateKey))
const CreateKey = later(() => import('../form/CreateKey.tsx').then((m) => m.CreateKey))
const EditKey = later(() => import('../form/EditKey.tsx').then((m) => m.EditKey))
const AssignProjects = later(() => import('./AssignProjects.tsx').then((m) => m.AssignProjects))
const ImportKeys = later(() => import('./ImportKeys.tsx').then((m) => m.ImportKeys))

/**
 * What is open over the list stands in the address, and comes with a file of its own when it is first opened. Another
 * key is another dialog: nothing that was typed about one is ever sent about the other.
 */
export function KeyDialogs() {
  const [url, set] = useUrl()
  const may = useMay()
  const { key, rotate, edit, projects, create } = url
  const mayWrite = may('keys:write') !== 'none'
  const closing = (name: string) => () => set({ [name]: undefined })
  return (
    <>
      {key && <KeyDialog key={key} keyId={key} onClose={() => set({ key: undefined, tab: undefined })} />}
      {mayWrite && rotate && <RotateKey key={rotate} keyId={rotate} onClose={closing('rotate')} />}
      {mayWrite && edit && <EditKey key={edit} keyId={edit} onClose={closing('edit')} />}
      {mayWrite && projects && <AssignProjects key={projects} keyId={projects} onClose={closing('projects')} />}
      {mayWrite && create && (
        <CreateKey onClose={closing('create')} forOthers={create === 'user' && may('keys:write') === 'all'} />
      )}
      {mayWrite && url['import'] && <ImportKeys onClose={closing('import')} />}
    </>
  )
}
