"""Django's settings. What depends on the machine comes from `portal.environment`."""

from __future__ import annotations

import os
from datetime import timedelta

from portal import environment

BASE_DIR = environment.ROOT
VAR_DIR = environment.VAR
PRODUCTION = environment.PRODUCTION
DEBUG = False  # a debug page names code and settings to whoever meets an error
SECRET_KEY = environment.signing_key()
AUDIT_HEADS_DIR = os.environ.get("PORTAL_AUDIT_HEADS") or VAR_DIR / "audit-heads"  # best on a write-once volume
MASTER_KEYS = environment.master_keys()  # key id → 32 bytes; the first encrypts, all decrypt
OPERATOR_HOST = os.environ.get("PORTAL_OPERATOR_HOST", "localhost")
ALLOWED_HOSTS = ["*"]  # the partner middleware answers only to hosts that are somebody's domain
INTERNAL_IPS: list[str] = []

# ------------------------------------------------------------------------------------------------ apps and schemas
SHARED_APPS = [  # tables in the public schema
    "django_tenants",
    "tenancy.partners",
    "tenancy.accounts",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "simple_history",
    "django_htmx",
    "axes",
    "portal",
]
TENANT_APPS = [  # tables in every partner's schema
    "tenancy.accounts",
    "django.contrib.sessions",
    "axes",
    "tenancy.customers",
    "tenancy.brand",
    "tenancy.jobs",
    "governance",
    "connectors",
    "mappings",
    "sync",
]
INSTALLED_APPS = SHARED_APPS + [app for app in TENANT_APPS if app not in SHARED_APPS]
TENANT_MODEL = "partners.Partner"
TENANT_DOMAIN_MODEL = "partners.Domain"
TENANT_LIMIT_SET_CALLS = True  # one SET search_path per switch, not per cursor
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ------------------------------------------------------------------------------------------------------- database
DATABASE_URL, DATABASE_OWNER_URL = environment.database_urls()
DATABASES = {
    "default": environment.database(DATABASE_URL)
    | {"CONN_MAX_AGE": 300, "CONN_HEALTH_CHECKS": True, "DISABLE_SERVER_SIDE_CURSORS": False}
}

# ------------------------------------------------------------------------------------------------------------ web
ROOT_URLCONF = "portal.urls"
PUBLIC_SCHEMA_URLCONF = "portal.urls_public"
WSGI_APPLICATION = "portal.wsgi.application"
MIDDLEWARE = [
    "portal.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenancy.partners.middleware.PartnerMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.brand.fonts.FontFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.shell.assets.VersionedStorage"},
}
WHITENOISE_MAX_AGE = 60 * 60 * 24 * 365  # every address we write carries a digest of the file
WHITENOISE_USE_FINDERS = True  # no collectstatic step between a checkout and a page
WHITENOISE_AUTOREFRESH = False
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ------------------------------------------------------------------------------------------------------- security
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5  # wrong passwords for one person from one address, then a pause
AXES_COOLOFF_TIME = timedelta(minutes=5)
AXES_USERNAME_FORM_FIELD = "username"  # the name under which `authenticate` is given the address
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "portal.shell.visitor.client_address"
AXES_LOCKOUT_CALLABLE = "portal.pages.signin.views.paused"
AXES_VERBOSE = False
CSRF_FAILURE_VIEW = "portal.shell.errors.csrf_failure"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "csrf"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if PRODUCTION else 0
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None

# ------------------------------------------------------------------------------------------------ jobs and caches
Q_CLUSTER = {
    "name": "default",
    "orm": "default",
    "workers": int(os.environ.get("PORTAL_WORKERS", "2")),
    "queue_limit": 2,  # a task's retry clock starts when it is fetched, so fetch no more than is worked
    "bulk": 1,
    "poll": 0.05,
    "timeout": 300,
    "retry": 330,  # must exceed the timeout
    "max_attempts": 3,
    "catch_up": False,
    "save_limit": 250,
    "label": "Queue",
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "django_tenants.cache.make_key",  # the tenant is part of every key
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
    }
}

# ------------------------------------------------------------------------------------------------------------ API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {"TITLE": "API", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}
SIMPLE_HISTORY_ENFORCE_HISTORY_MODEL_PERMISSIONS = False

# ---------------------------------------------------------------------------------------------- language and logs
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"tenant": {"()": "tenancy.context.TenantLogFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(schema)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["tenant"]}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("PORTAL_LOG_LEVEL", "INFO")},
    "loggers": {"django": {"handlers": [], "propagate": True}, "django-q": {"handlers": [], "propagate": True}},
}
