"""Surveys with their versions, answers and codes, and the closing record of any participation exercise."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    op.create_table('participation_records',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_participation_records_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participation_records')),
    sa.UniqueConstraint('site_id', 'source', 'source_id', name=op.f('uq_participation_records_site_id_source_source_id'))
    )
    op.create_table('participation_themes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('done', sa.Text(), nullable=False),
    sa.Column('done_url', sa.String(length=500), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('pending', 'taken', 'part', 'not')", name=op.f('ck_participation_themes_state')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_participation_themes_office_id_offices')),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_participation_themes_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participation_themes'))
    )
    with op.batch_alter_table('participation_themes', schema=None) as batch_op:
        batch_op.create_index('ix_participation_themes_source', ['site_id', 'source', 'source_id', 'place'], unique=False)

    op.create_table('survey_surveys',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('office_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.JSON(), nullable=False),
    sa.Column('purpose', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('draft', sa.JSON(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('design', sa.String(length=10), nullable=False),
    sa.Column('universe', sa.String(length=300), nullable=False),
    sa.Column('population', sa.Integer(), nullable=False),
    sa.Column('confidence', sa.Integer(), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('document_key', sa.String(length=64), nullable=False),
    sa.Column('pace', sa.String(length=10), nullable=False),
    sa.Column('show_results', sa.Boolean(), nullable=False),
    sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("design IN ('census', 'random', 'quota', 'open')", name=op.f('ck_survey_surveys_design')),
    sa.CheckConstraint("level IN ('open', 'browser', 'codes', 'document')", name=op.f('ck_survey_surveys_level')),
    sa.CheckConstraint("state IN ('draft', 'open', 'closed', 'archived')", name=op.f('ck_survey_surveys_state')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_survey_surveys_office_id_offices')),
    sa.ForeignKeyConstraint(['site_id'], ['sites.id'], name=op.f('fk_survey_surveys_site_id_sites'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_surveys')),
    sa.UniqueConstraint('site_id', 'key', name=op.f('uq_survey_surveys_site_id_key'))
    )
    op.create_table('survey_answers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('survey_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('unit_hash', sa.String(length=64), nullable=True),
    sa.Column('lang', sa.String(length=2), nullable=False),
    sa.Column('marks', sa.String(length=60), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("channel IN ('web', 'paper')", name=op.f('ck_survey_answers_channel')),
    sa.ForeignKeyConstraint(['survey_id'], ['survey_surveys.id'], name=op.f('fk_survey_answers_survey_id_survey_surveys'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_answers')),
    sa.UniqueConstraint('survey_id', 'unit_hash', name=op.f('uq_survey_answers_survey_id_unit_hash'))
    )
    with op.batch_alter_table('survey_answers', schema=None) as batch_op:
        batch_op.create_index('ix_survey_answers_survey_id_id', ['survey_id', 'id'], unique=False)

    op.create_table('survey_codes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('survey_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('batch', sa.String(length=60), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['survey_id'], ['survey_surveys.id'], name=op.f('fk_survey_codes_survey_id_survey_surveys'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_codes')),
    sa.UniqueConstraint('survey_id', 'code_hash', name=op.f('uq_survey_codes_survey_id_code_hash'))
    )
    op.create_table('survey_versions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('survey_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('definition', sa.JSON(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['survey_id'], ['survey_surveys.id'], name=op.f('fk_survey_versions_survey_id_survey_surveys'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_versions')),
    sa.UniqueConstraint('survey_id', 'number', name=op.f('uq_survey_versions_survey_id_number'))
    )


def downgrade() -> None:
    op.drop_table('survey_versions')
    op.drop_table('survey_codes')
    with op.batch_alter_table('survey_answers', schema=None) as batch_op:
        batch_op.drop_index('ix_survey_answers_survey_id_id')

    op.drop_table('survey_answers')
    op.drop_table('survey_surveys')
    with op.batch_alter_table('participation_themes', schema=None) as batch_op:
        batch_op.drop_index('ix_participation_themes_source')

    op.drop_table('participation_themes')
    op.drop_table('participation_records')
