"""The public interface with its types; `__init__.py` imports each name when it is asked for."""

from denorm_assets.db.cache.client.async_client import AsyncCacheClient as AsyncCacheClient
from denorm_assets.db.cache.client.sync_client import CacheClient as CacheClient
from denorm_assets.definitions.build import build_definitions as build_definitions
from denorm_assets.definitions.component.system_component import DenormSystemComponent as DenormSystemComponent
from denorm_assets.definitions.instance.target_database import DatabaseResource as DatabaseResource
from denorm_assets.definitions.translator import DenormAsset as DenormAsset
from denorm_assets.definitions.translator import DenormTranslator as DenormTranslator
from denorm_assets.errors import ConfigurationError as ConfigurationError
from denorm_assets.errors import DeclarationError as DeclarationError
from denorm_assets.errors import DefinitionError as DefinitionError
from denorm_assets.errors import DenormError as DenormError
from denorm_assets.model.cached_set import CachedCount as CachedCount
from denorm_assets.model.cached_set import CachedSet as CachedSet
from denorm_assets.model.ids import IdKind as IdKind
from denorm_assets.model.index import Index as Index
from denorm_assets.model.index import Reference as Reference
from denorm_assets.model.index import TableIndex as TableIndex
from denorm_assets.model.index import on as on
from denorm_assets.model.index import references as references
from denorm_assets.model.read_model import IdRanges as IdRanges
from denorm_assets.model.read_model import ReadModel as ReadModel
from denorm_assets.model.refresh import Auto as Auto
from denorm_assets.model.refresh import Debounce as Debounce
from denorm_assets.model.refresh import Debounced as Debounced
from denorm_assets.model.refresh import Full as Full
from denorm_assets.model.refresh import Realtime as Realtime
from denorm_assets.model.schema_change import Contract as Contract
from denorm_assets.model.schema_change import Expand as Expand
from denorm_assets.model.schema_change import Fill as Fill
from denorm_assets.model.schema_change import Identifiers as Identifiers
from denorm_assets.model.schema_change import SoftDeletes as SoftDeletes
from denorm_assets.model.schema_change import Switch as Switch
from denorm_assets.model.sql_file import SqlFile as SqlFile
from denorm_assets.model.sql_file import SqlText as SqlText
from denorm_assets.model.system import Cutover as Cutover
from denorm_assets.model.system import Example as Example
from denorm_assets.model.system import Load as Load
from denorm_assets.model.system import Phase as Phase
from denorm_assets.model.system import QueryPair as QueryPair
from denorm_assets.model.system import Stages as Stages
from denorm_assets.model.system import System as System
from denorm_assets.model.table_name import TableName as TableName
from denorm_assets.settings import Settings as Settings
from denorm_assets.settings import load_settings as load_settings

__all__: list[str]
