"""Make a tenant with its owner."""

from weft.domain.access import Tenant, User
from weft.domain.caller import Role
from weft.operations.platform import Platform


async def provision_tenant(
    platform: Platform, name: str, owner: str, email: str = "", tenant_id: str | None = None
) -> User:
    """The owner of a new organization; `tenant_id` where something is named after it already."""
    now = platform.now()
    tenant = Tenant(tenant_id or platform.new_id(), name, now)
    user = User(tenant.tenant_id, platform.new_id(), owner, email, Role.OWNER, now)
    platform.store.directory.add_tenant(tenant, user)
    return user


async def ensure_owner(platform: Platform) -> User:
    """The owner of the first organization, made if there is none: one person's own machine."""
    for tenant in platform.store.directory.list_tenants():
        for user in platform.store.directory.list_users(tenant.tenant_id):
            if user.role is Role.OWNER:
                return user
    return await provision_tenant(platform, "My organization", "Owner")
