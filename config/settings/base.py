"""Settings that hold in every environment. Nothing here decides by environment; dev, test and prod do."""

import os
from pathlib import Path
from typing import Any

from botocore.config import Config as S3Config

from config.settings import databases, env, signing
from kernel.servers import broker_url, discover

ROOT = Path(__file__).resolve().parents[2]
ACCORD_ENV = env.text("ACCORD_ENV", "dev")
ACCORD_DATA = Path(env.text("ACCORD_DATA", str(ROOT / ".accord"))).absolute()
ACCORD_HOST = env.text("ACCORD_HOST", "127.0.0.1")
ACCORD_PORT = env.number("ACCORD_PORT", 8000)
ACCORD_BASE_URL = env.text("ACCORD_BASE_URL", f"http://{ACCORD_HOST}:{ACCORD_PORT}").rstrip("/")
ACCORD_TRUSTED_PROXIES = env.number("ACCORD_TRUSTED_PROXIES", 0)
ACCORD_ANON_RATE = env.text("ACCORD_ANON_RATE", "60/min")
ACCORD_RATES = {"user": "600/min", "login": "10/min", "sign": "10/min", "ai": "20/min", "more_time": "5/hour"}

# --- keys -----------------------------------------------------------------------------------------------------------
SECRETS = signing.Secrets(ACCORD_DATA, may_generate=ACCORD_ENV != "prod")
SECRET_KEY = SECRETS.secret_key
JWT_PRIVATE_KEY = SECRETS.jwt_private_key
JWT_ALGORITHM = env.text("JWT_ALGORITHM", "RS256")
ACCESS_TOKEN_EXPIRE_MINUTES = env.number("ACCESS_TOKEN_EXPIRE_MINUTES", 5)
REFRESH_TOKEN_DAYS = 30
ACCORD_MASTER_KEY = SECRETS.master_key
ACCORD_SEAL_KEY = SECRETS.seal_key_path

# --- what is installed ------------------------------------------------------------------------------------------------
DEBUG = False
ALLOWED_HOSTS = env.items("ACCORD_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "corsheaders",
    "csp",
    "axes",
    "channels",
    "django_celery_beat",
    "kernel",
    "accounts",
    "documents",
    "esign",
    "disputes",
    "capsules",
    "ai_mediation",
    "notifications",
]
MIDDLEWARE = [
    "kernel.middleware.RequestContextMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kernel.csp.PolicyMiddleware",
    "kernel.pages.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "kernel.csrf.CsrfMiddleware",
    "kernel.pages.AuthenticationMiddleware",
    "kernel.pages.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "kernel.middleware.PrincipalMiddleware",
    "kernel.readers.ReaderMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
APPEND_SLASH = False
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# --- database, cache, broker --------------------------------------------------------------------------------------------
_services = discover(ACCORD_DATA) or {}
DATABASE_URL = env.text("DATABASE_URL", _services.get("DATABASE_URL", ""))
REDIS_URL = env.text("REDIS_URL", _services.get("REDIS_URL", ""))
CACHE_URL = env.text("CACHE_URL", REDIS_URL)
BROKER_URL = env.text("BROKER_URL", REDIS_URL)
CHANNEL_URL = env.text("CHANNEL_URL", REDIS_URL)
DATABASES = databases.configure(
    DATABASE_URL,
    replica=env.text("DATABASE_REPLICA_URL"),
    pool_max=env.number("DATABASE_POOL_MAX", 10),
    # Threads of WSGI workers, Celery children and one-off commands keep one connection each; under ASGI no thread is kept, so
    # these processes share a pool.
    pooled=os.environ.get("ACCORD_PROCESS", "") in {"web", "sockets"},
)
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL or "redis://127.0.0.1:1/0",
        "KEY_PREFIX": "accord",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py 8 would otherwise kill every idle socket after five seconds.
        "CONFIG": {"hosts": [{"address": CHANNEL_URL or "redis://127.0.0.1:1/0", "socket_timeout": None}]},
    }
}
CELERY_BROKER_URL = broker_url(BROKER_URL)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "socket_timeout": 30, "socket_keepalive": True}
CELERY_VISIBILITY_TIMEOUT = 900
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": 900}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- people ---------------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.adapters.sign_in.VerifiedModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"  # for who came to the form directly; the pages know where else to go
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "kernel.problems.csrf_failure"

# --- language and time ------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [ROOT / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- files -------------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = ACCORD_DATA / "static"
MEDIA_ROOT = ACCORD_DATA / "media"
FILE_UPLOAD_TEMP_DIR: str | None = None
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
EVIDENCE_MAX_BYTES = 50 * 1024 * 1024
STORAGE_QUOTA_BYTES = 2 * 1024 * 1024 * 1024  # what one person's uploads and documents may take
S3_BUCKET_NAME = env.text("S3_BUCKET_NAME", aliases=("S3_BUCKET",))
S3_OPTIONS = {
    "bucket_name": S3_BUCKET_NAME,
    "region_name": env.text("S3_REGION") or None,
    "endpoint_url": env.text("S3_ENDPOINT_URL") or None,
    "access_key": env.text("AWS_ACCESS_KEY_ID", aliases=("S3_ACCESS_KEY",)) or None,
    "secret_key": env.text("AWS_SECRET_ACCESS_KEY", aliases=("S3_SECRET_KEY",)) or None,
    "querystring_expire": 60,
    "default_acl": None,
    "file_overwrite": False,
    "max_memory_size": 2 * 1024 * 1024,
    # A bucket that does not answer is said so within seconds, while somebody waits.
    "client_config": S3Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=3,
        read_timeout=15,
        retries={"mode": "standard", "total_max_attempts": 2},
    ),
}
CHECKPOINTS = ACCORD_DATA / "checkpoints"
STORAGES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": S3_OPTIONS}
        if S3_BUCKET_NAME
        else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_ROOT}}
    ),
    "checkpoints": (
        {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**S3_OPTIONS, "location": "checkpoints"}}
        if S3_BUCKET_NAME
        else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": CHECKPOINTS}}
    ),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CLAMD_SOCKET = env.text("CLAMD_SOCKET")
RENDERS_WAITING_AT_ONCE = 20  # with more waiting, whoever asks to have a document at once gets 202 and polls
RENDERS_WAITING_AT_MOST = 1000  # with more waiting, nothing is queued: 503
PDF_ENGINE = env.text("PDF_ENGINE", "weasyprint")
TSA_URL = env.text("TSA_URL")
TSA_ROOTS = env.text("TSA_ROOTS")

# --- mail ----------------------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("SMTP_HOST", _services.get("SMTP_HOST", "localhost"))
EMAIL_PORT = env.number("SMTP_PORT", int(_services.get("SMTP_PORT", "25")))
EMAIL_HOST_USER = env.text("SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD")
EMAIL_USE_TLS = bool(EMAIL_HOST_USER)
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = "Accord <no-reply@accord.invalid>"

# --- API -----------------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["kernel.rest.authentication.PrincipalAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["kernel.rest.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["kernel.rest.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "kernel.rest.negotiation.Negotiation",
    "DEFAULT_PAGINATION_CLASS": "kernel.rest.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
    "DEFAULT_VERSION": "1",
    "ALLOWED_VERSIONS": ["1"],
    "DEFAULT_SCHEMA_CLASS": "kernel.rest.schema.AutoSchema",
    "EXCEPTION_HANDLER": "kernel.problems.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Accord",
    "DESCRIPTION": "From a disagreement to a signed, verifiable agreement. Errors are RFC 9457 problem details.",
    "VERSION": "1",
    "LICENSE": {"name": "Apache-2.0"},
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api",
    "SCHEMA_PATH_PREFIX_INSERT": "",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "DisputeStatusEnum": "disputes.enums.DisputeStatus",
        "ParticipantStatusEnum": "disputes.enums.ParticipantStatus",
        "ResolutionStatusEnum": "disputes.enums.ResolutionStatus",
        "ContractStatusEnum": "disputes.enums.ContractStatus",
        "ProposalStatusEnum": "disputes.enums.ProposalStatus",
        "SideEnum": "disputes.enums.Side",
        "InviteeSideEnum": ["respondent", "claimant"],
        "DecisionEnum": "disputes.enums.Decision",
        "ReviewDecisionEnum": ["approve", "return"],
        "LocaleEnum": "accounts.enums.Locale",
        "RiskLevelEnum": ["low", "medium", "high"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "kernel.rest.schema.add_problem_responses",
    ],
    "PREPROCESSING_HOOKS": ["kernel.rest.schema.keep_api_only"],
}
CORS_ALLOWED_ORIGINS = env.items("CORS_ALLOW_ORIGINS")
CORS_ALLOW_METHODS = env.items("CORS_ALLOW_METHODS", ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
CORS_ALLOW_HEADERS = env.items(
    "CORS_ALLOW_HEADERS", ("accept", "authorization", "content-type", "idempotency-key", "x-request-id")
)
CORS_EXPOSE_HEADERS = ["X-Request-ID", "Location", "Retry-After", "ETag"]
CORS_URLS_REGEX = r"^/api/.*$"

# --- headers -------------------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    },
}
# unfold's Alpine.js evaluates the attributes of its pages, and hides and places what it shows by inline styles.
ADMIN_PREFIX = "/admin/"
ADMIN_DIRECTIVES = {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

# --- log-in lock-out -------------------------------------------------------------------------------------------------------------
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_HANDLER = "kernel.lockout.DiscreetHandler"
AXES_USERNAME_CALLABLE = "kernel.lockout.counted_name"
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "kernel.problems.locked_out"
AXES_CLIENT_IP_CALLABLE = "kernel.lockout.counted_address"
AXES_VERBOSE = False
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True

# --- logging ---------------------------------------------------------------------------------------------------------------------
LOGGING_CONFIG = "kernel.logs.configure"
LOGGING: dict[str, Any] = {"level": "INFO"}

UNFOLD = {
    "SITE_TITLE": "Accord",
    "SITE_HEADER": "Accord",
    "SITE_URL": "/staff/",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "kernel.admin.environment_badge",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "kernel.admin.favicon"}],
}

# --- disputes ----------------------------------------------------------------------------------------------------------
DISPUTES_RESPOND_DAYS = 14  # time to answer an invitation
DISPUTES_STATEMENT_DAYS = 14  # time to state once the parties are in
DISPUTES_MAX_ROUNDS = 5  # failed proposals before arbitration or a human
DISPUTES_CONSENT_DAYS = 14  # after the last failed round, time to consent to arbitration before the case is closed
DISPUTES_SIGNING_DAYS = 30
DISPUTES_UNDERSTANDING_DAYS = 3  # time to confirm or correct the mediator's summary of one's own position
DISPUTES_RANKING_DAYS = 3  # time to rank a round's candidates; afterwards the rankings that are there decide
DISPUTES_BIDDING_ROUNDS = 3  # rounds of double-blind bidding in a case
DISPUTES_BIDDING_PAYMENT_DAYS = 30  # when a sum that was settled by bidding falls due, unless a counter says otherwise
# After a person was asked for: the working hours in which one answers, as the parties are told.
DISPUTES_HUMAN_HOURS = 8
DISPUTES_WORKING_DAYS: tuple[int, ...] = (0, 1, 2, 3, 4)  # Monday is 0
DISPUTES_WORKING_HOURS = ("09:00", "17:00")  # in the dispute's time zone; ("00:00", "00:00") is around the clock
DISPUTES_HOLIDAYS: tuple[str, ...] = ()  # days on which nobody works: "2026-12-25"
# Policies that every contract is checked against before it is signed; none: contracts are not checked.
DISPUTES_CONTRACT_CHECKS: tuple[str, ...] = ("missing-essentials", "unfair-terms")
DISPUTES_CONTRACT_CHECK_ATTEMPTS = (
    5  # a check that has not come back after as many requests leaves the contract to a lawyer
)
DISPUTES_REVIEW_CONTRACTS = False  # whether a lawyer approves every contract before it is signed
DISPUTES_DEFAULT_PROTOCOL = "mediated"  # or "simple": one proposal a round, at once

# --- models of language -------------------------------------------------------------------------------------------------
# The chain where administrators made no routes: whoever of the two has a key or an address, in this order, then rules.
OPENAI_API_KEY = env.text("OPENAI_API_KEY")
OPENAI_BASE_URL = env.text("OPENAI_BASE_URL")
ANTHROPIC_API_KEY = env.text("ANTHROPIC_API_KEY")
ANTHROPIC_BASE_URL = env.text("ANTHROPIC_BASE_URL")
LLM_API_KEY = env.text("LLM_API_KEY")
LLM_MODEL = env.text("LLM_MODEL")
LLM_TIMEOUT_MS = env.number("LLM_TIMEOUT_MS", 10000)
AI_MODELS = {"openai": "gpt-5.5", "anthropic": "claude-haiku-4-5"}  # where neither LLM_MODEL nor a route names one
SCRUBBING_DETECTOR = ""  # in addition to rules: "presidio" where it is installed, or the path of a detector
AI_MAX_TOKENS = 2000
AI_STREAM_SECONDS = (
    60  # a streamed answer may take longer than one that is waited for, as long as it does not fall silent
)
AI_CACHE_SECONDS = {"chat": 15 * 60, "draft": 30 * 60, "analysis": 60 * 60, "mediation": 30 * 60}  # 15 to 60 minutes
AI_RETRY_PAUSES = (0.5, 1.5)  # seconds before the second and the third attempt, each a quarter up or down
AI_BREAKER_FAILURES = 5
AI_BREAKER_SECONDS = 30
AI_SLOW_SHARE = 0.8  # an answer that took more than this share of its time counts against the provider
AI_REQUESTS_DAYS = 30  # sealed requests are kept so long
AI_COST_CURRENCY = "USD"
# None: no limit. Rows in the back-office go before these.
AI_BUDGETS: dict[str, dict[str, Any]] = {
    "dispute": {"tokens": 1_000_000, "cost": "5.00"},
    "user": {"tokens": 300_000, "cost": "2.00"},
    "day": {"tokens": 20_000_000, "cost": "100.00"},
}
