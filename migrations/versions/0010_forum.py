"""Forums with their people, contributions, votes and flags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'


def upgrade() -> None:
    op.create_table('forum_people',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('confirm_hash', sa.String(length=64), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rules_version', sa.Integer(), nullable=False),
    sa.Column('lang', sa.String(length=2), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_forum_people_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_forum_people')),
    sa.UniqueConstraint('site_id', 'token_hash', name=op.f('uq_forum_people_site_id_token_hash'))
    )
    op.create_table('forum_forums',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('purpose_html', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('moderation', sa.String(length=6), nullable=False),
    sa.Column('identity', sa.String(length=6), nullable=False),
    sa.Column('threads_by_people', sa.Boolean(), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("identity IN ('name', 'mail')", name=op.f('ck_forum_forums_identity')),
    sa.CheckConstraint("moderation IN ('before', 'after')", name=op.f('ck_forum_forums_moderation')),
    sa.CheckConstraint("state IN ('draft', 'open', 'closed', 'archived')", name=op.f('ck_forum_forums_state')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_forum_forums_office_id_offices')),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_forum_forums_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_forum_forums')),
    sa.UniqueConstraint('site_id', 'key', name=op.f('uq_forum_forums_site_id_key'))
    )
    op.create_table('forum_posts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('forum_id', sa.Integer(), nullable=False),
    sa.Column('thread_id', sa.Integer(), nullable=True),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('author', sa.String(length=120), nullable=False),
    sa.Column('position', sa.String(length=240), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('marks', sa.String(length=100), nullable=False),
    sa.Column('votes', sa.Integer(), nullable=False),
    sa.Column('flags', sa.Integer(), nullable=False),
    sa.Column('pinned', sa.Boolean(), nullable=False),
    sa.Column('locked', sa.Boolean(), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('review_asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('review_done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('theme_id', sa.Integer(), nullable=True),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('replies', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('active_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('unconfirmed', 'waiting', 'published', 'withheld', 'deleted')", name=op.f('ck_forum_posts_state')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_forum_posts_case_id_cases')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_forum_posts_decided_by_users')),
    sa.ForeignKeyConstraint(['forum_id'], ['forum_forums.id'], name=op.f('fk_forum_posts_forum_id_forum_forums'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['parent_id'], ['forum_posts.id'], name=op.f('fk_forum_posts_parent_id_forum_posts'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['forum_people.id'], name=op.f('fk_forum_posts_person_id_forum_people')),
    sa.ForeignKeyConstraint(['staff_id'], ['users.id'], name=op.f('fk_forum_posts_staff_id_users')),
    sa.ForeignKeyConstraint(['theme_id'], ['participation_themes.id'], name=op.f('fk_forum_posts_theme_id_participation_themes'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['thread_id'], ['forum_posts.id'], name=op.f('fk_forum_posts_thread_id_forum_posts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_forum_posts'))
    )
    with op.batch_alter_table('forum_posts', schema=None) as batch_op:
        batch_op.create_index('ix_forum_posts_list', ['forum_id', 'parent_id', 'state', 'active_at'], unique=False)
        batch_op.create_index('ix_forum_posts_person', ['person_id', 'at'], unique=False)
        batch_op.create_index('ix_forum_posts_queue', ['forum_id', 'state', 'at'], unique=False)
        batch_op.create_index('ix_forum_posts_thread', ['thread_id', 'state', 'id'], unique=False)

    op.create_table('forum_flags',
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['forum_people.id'], name=op.f('fk_forum_flags_person_id_forum_people'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['forum_posts.id'], name=op.f('fk_forum_flags_post_id_forum_posts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'person_id', name=op.f('pk_forum_flags'))
    )
    op.create_table('forum_votes',
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['forum_people.id'], name=op.f('fk_forum_votes_person_id_forum_people'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['forum_posts.id'], name=op.f('fk_forum_votes_post_id_forum_posts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'person_id', name=op.f('pk_forum_votes'))
    )


def downgrade() -> None:
    op.drop_table('forum_votes')
    op.drop_table('forum_flags')
    with op.batch_alter_table('forum_posts', schema=None) as batch_op:
        batch_op.drop_index('ix_forum_posts_thread')
        batch_op.drop_index('ix_forum_posts_queue')
        batch_op.drop_index('ix_forum_posts_person')
        batch_op.drop_index('ix_forum_posts_list')

    op.drop_table('forum_posts')
    op.drop_table('forum_forums')
    op.drop_table('forum_people')
