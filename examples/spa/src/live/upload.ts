import { SERVICE } from '../api.ts'

/** Called again and again with the share that has been sent, from 0 to 1. */
export type Progress = (share: number) => void

/** Sends bytes, and tells how far it has come, which fetch cannot. */
export function upload(path: string, bytes: Blob, progress: Progress): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', SERVICE + path)
    request.withCredentials = true
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total)
    request.onload = () => resolve(answerOf(request))
    request.onerror = () => reject(new TypeError('the upload was cut off'))
    request.send(bytes)
  })
}

const answerOf = (request: XMLHttpRequest): Response =>
  new Response(request.responseText, {
    status: request.status,
    headers: { 'server-timing': request.getResponseHeader('server-timing') ?? '' },
  })
