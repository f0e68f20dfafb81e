from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPResponse
from typing import Any, Generic, Literal, NotRequired, TypedDict, TypeVar, Union, cast

T = TypeVar("T")


