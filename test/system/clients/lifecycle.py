"""Calls the service by the program of docs/clients.md. At each pause its access token expires."""
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError

from client import call


def pause(what):
    print(what, flush=True)
    sys.stdin.readline()


account = {'email': 'python@example.com', 'password': sys.argv[1]}
user = call('POST', '/auth/register', account)['user']
for _ in range(2):
    assert call('POST', '/auth/login', account)['user']['id'] == user['id']
assert call('PATCH', '/me', {'name': 'Ada'})['user']['name'] == 'Ada'
pause('expire')

with ThreadPoolExecutor(6) as pool:
    answers = list(pool.map(lambda _: call('GET', '/me'), range(6)))
assert all(answer['user']['id'] == user['id'] for answer in answers)
pause('refreshed')
assert call('PATCH', '/me', {'name': 'Bo'})['user']['name'] == 'Bo'

assert call('POST', '/auth/logout') is None
try:
    call('GET', '/me')
    raise AssertionError('still signed in')
except HTTPError as refusal:
    assert refusal.code == 401
pause('done')
